"""Order state changes: every scenario played twice, by the venue at our back and by a client over TCP."""
