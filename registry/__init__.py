"""Ground floor: organization, roles, risk points and their declared measures, approvals, ledger, audit."""
