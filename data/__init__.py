"""Resources shipped with jiesu: cities, corpora and models, each with a card."""
