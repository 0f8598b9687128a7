"""How does an answer say what became of a record? Statuses, references and results as text (netsuite.md 2.7)."""

from xml.sax.saxutils import escape, quoteattr

from sandbox.netsuite.customizations import customizations
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.wish import Done

GOOD = '<platformCore:status isSuccess="true"/>'
_AFTER = Refused("UNEXPECTED_ERROR", "An error occurred in an afterSubmit script.")


def bad(refused: Refused, *, after_submit: bool = False) -> str:
    """Write the status of a refused record; `after_submit` says that it was saved all the same."""
    flag = "<platformCore:afterSubmitFailed>true</platformCore:afterSubmitFailed>" if after_submit else ""
    return f'<platformCore:status isSuccess="false">{_detail("ERROR", refused, flag)}</platformCore:status>'


def warned(warning: Refused) -> str:
    """Write the status of a record that was saved with a warning."""
    return f'<platformCore:status isSuccess="true">{_detail("WARN", warning, "")}</platformCore:status>'


def _detail(kind: str, told: Refused, flag: str) -> str:
    return (
        f'<platformCore:statusDetail type="{kind}"><platformCore:code>{told.code}</platformCore:code>'
        f"<platformCore:message>{escape(told.message)}</platformCore:message>{flag}</platformCore:statusDetail>"
    )


def record_ref(kind: str, internal_id: object, external_id: str | None, tag: str = "baseRef") -> str:
    """Write a reference to a record."""
    inside = f' internalId="{internal_id}"' if internal_id else ""
    outside = f" externalId={quoteattr(external_id)}" if external_id else ""
    if own := customizations().get(kind):
        typed = f'typeId="{own.internal_id}" scriptId="{kind}" xsi:type="platformCore:CustomRecordRef"'
        return f"<{tag}{inside}{outside} {typed}/>"
    typed = f' type="{kind}"' if kind else ""
    return f'<{tag}{inside}{outside}{typed} xsi:type="platformCore:RecordRef"/>'


def named_ref(tag: str, internal_id: object, name: str, kind: str = "") -> str:
    """Write a reference with the name of what it refers to."""
    typed = f' type="{kind}"' if kind else ""
    inner = f"<platformCore:name>{escape(name)}</platformCore:name>" if name else ""
    return f'<{tag} internalId="{internal_id}"{typed} xsi:type="platformCore:RecordRef">{inner}</{tag}>'


def refusal(kind: str, refused: Refused, external_id: str | None) -> str:
    """Write the result of a record that was not written."""
    return f"<writeResponse>{bad(refused)}{record_ref(kind, None, external_id) if kind else ''}</writeResponse>"


def success(kind: str, done: Done, warning: Refused | None = None, *, after_submit: bool = False) -> str:
    """Write the result of a record that was written, though perhaps a script failed behind it."""
    status = bad(_AFTER, after_submit=True) if after_submit else warned(warning) if warning else GOOD
    return f"<writeResponse>{status}{record_ref(kind, done.id, done.external_id)}</writeResponse>"


def read_refusal(refused: Refused) -> str:
    """Write the result of a record that cannot be read."""
    return f"<readResponse>{bad(refused)}</readResponse>"


def result(name: str, inner: str) -> str:
    """Write a result of the core namespace (`getServerTimeResult`) with the status that all is well."""
    return f"<platformCore:{name}>{GOOD}{inner}</platformCore:{name}>"


def refused_result(name: str, refused: Refused) -> str:
    """Write a result of the core namespace that says no."""
    return f"<platformCore:{name}>{bad(refused)}</platformCore:{name}>"


def core(name: str, text: object) -> str:
    """Write a simple element of the core namespace."""
    return f"<platformCore:{name}>{escape(str(text))}</platformCore:{name}>"
