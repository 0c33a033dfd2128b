"""First floor: measures carried out, monitoring, inspections, findings, disposals."""
