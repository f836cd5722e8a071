"""The domain of the embedded model: one file per subject, English and Chinese side by side.

Each subject defines acts. An act is a function that reads the state of the dialogue, generates a user message and the
only correct answer to it, and updates the state. `dialogue.py` combines acts into dialogues.
"""
