"""What the embedded model is taught: one file per subject, English and Chinese side by side.

Each subject offers acts. An act looks at the dialogue's state, writes one user turn and the one right answer,
and updates the state. `dialogue.py` strings acts together.
"""
