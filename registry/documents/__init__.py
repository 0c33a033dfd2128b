"""What leaves the system on paper or as a workbook: rows first, bytes last."""
