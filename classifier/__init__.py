"""From a text to calibrated probabilities over the classes; knows nothing of units."""
