"""Chinese text: its normal form, phrases, numbers, dates, classifiers."""
