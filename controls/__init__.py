"""First floor: measures carried out, monitoring, inspections, findings, disposals. Its rooms are built after the ground floor."""
