"""How rows are chosen, from plain values: intervals, ids, filters. Who may see what is worked out in `access`."""
