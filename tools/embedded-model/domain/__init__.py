"""The domain of the embedded model: one file per subject, English and Chinese side by side.

Each subject defines acts. An act reads the dialogue's state, generates a user turn and its only right answer, and
updates the state. `dialogue.py` combines acts into dialogues.
"""
