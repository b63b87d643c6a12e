"""Order state change matrices: every scenario played twice, once by the venue at our back and once by a client over TCP."""
