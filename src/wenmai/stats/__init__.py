"""How sure a number is: intervals by resampling rows, paired differences, and which rungs are tied."""
