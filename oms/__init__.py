"""The project and the front desk."""
