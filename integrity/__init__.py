"""The street: settings, addresses, the home page and what every house shares."""
