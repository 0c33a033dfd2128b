"""Demonstration data of three fictional units of the region DQ (云岭地区)."""
