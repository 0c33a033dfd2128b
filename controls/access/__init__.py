"""Permission questions of the first floor. `check_x` raises a sentence; `refusal(check_x, …)` feeds the button."""
