"""What is published of people's words: personal data found, and masked character by character."""
