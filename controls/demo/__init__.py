"""Demonstration data of the first floor, made by its verbs on what the ground floor's demonstration filed."""
