"""From corpora and corrections to a model artefact; offline, the only home of torch."""
