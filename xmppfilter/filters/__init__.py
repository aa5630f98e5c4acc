"""The filters, one module each."""
