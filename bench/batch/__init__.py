"""What scoring costs: whole months on transcripts that are kept, beside a plain script."""
