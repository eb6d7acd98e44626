"""From samples to who speaks when: decoding, channels, voice activity, speakers, pitch, key tones."""
