"""Which rule is in which rubric, by the documents that the catalogue of the norms names for it."""

from __future__ import annotations

RUBRICS = {
    "gas-hotline": "G",
    "mobile-operator": "T",
    "mall": "M",
    "exchange-400": "X",
    "telesales": "D",
}
"""The rubrics and the document that each is made of."""

DOCUMENTS = {
    "opening.inbound": "TMGXD",
    "opening.outbound": "GX",
    "opening.daypart": "G",
    "opening.holiday": "G",
    "opening.ask_name": "XG",
    "opening.late_answer": "X",
    "opening.ring": "MX",
    "closing.standard": "TMGXD",
    "closing.anything_else": "MG",
    "closing.hangup_first": "TMGX",
    "closing.prompts": "G",
    "wording.insult": "TGD",
    "wording.contempt": "X",
    "wording.quarrel": "TGX",
    "wording.impatience": "TX",
    "wording.refusal": "MX",
    "wording.rhetorical": "G",
    "wording.sarcasm": "X",
    "wording.shirk": "TGX",
    "wording.promise": "XD",
    "wording.jargon": "G",
    "wording.particles": "G",
    "wording.catchphrase": "G",
    "wording.you": "T",
    "wording.courtesy": "TXD",
    "wording.chitchat": "GT",
    "wording.confidential": "TMGD",
    "listening.interrupt": "TG",
    "listening.backchannel": "G",
    "listening.dead_air": "TG",
    "listening.repeat_ask": "TG",
    "voice.rate": "GTM",
    "voice.volume": "GT",
    "voice.drawl": "G",
    "voice.energy": "G",
    "procedure.hold_announce": "TG",
    "procedure.hold_return": "TGM",
    "procedure.hold_long": "G",
    "procedure.callback": "GMX",
    "procedure.not_heard": "G",
    "procedure.re_explain": "G",
    "procedure.confirm_issue": "GT",
    "procedure.ask_contact": "G",
    "procedure.readback": "G",
    "procedure.beyond_scope": "GT",
    "procedure.reply_thanks": "G",
    "procedure.reply_sorry": "G",
    "procedure.complaint_close": "GM",
    "procedure.complaint_apology": "TMX",
    "procedure.no_voice": "G",
    "procedure.dialing": "G",
    "procedure.faint_customer": "G",
    "procedure.faint_agent": "G",
    "procedure.survey": "GX",
    "procedure.transfer": "MXD",
    "procedure.ticket": "TXD",
    "timing.duration": "XT",
    "timing.response": "DX",
}
"""Every rule that judges one call, with its documents."""

REVIEW_ONLY = frozenset(
    {"wording.chitchat", "wording.confidential", "voice.volume", "voice.energy"}
)
"""Rules that, on a transcript, never take points: what they find is to be reviewed."""


def rules_of(rubric: str) -> list[str]:
    """The rules of a rubric, in the order of the catalogue."""
    document = RUBRICS[rubric]
    return [rule for rule, documents in DOCUMENTS.items() if document in documents]
