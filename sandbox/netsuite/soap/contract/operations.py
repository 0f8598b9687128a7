"""Which operations has the contract, with which headers? The WSDL's messages, port, binding and service (netsuite.md 2)."""

from sandbox.netsuite.soap.contract.source import HOME, VERSION

OPERATIONS = (
    "changePassword", "changeEmail", "add", "delete", "search", "searchMoreWithId", "update", "upsert", "addList",
    "deleteList", "updateList", "upsertList", "get", "getList", "getAll", "getSavedSearch", "getCustomizationId", "initialize",
    "initializeList", "getSelectValue", "getItemAvailability", "getBudgetExchangeRate", "getCurrencyRate",
    "getDataCenterUrls", "getPostingTransactionSummary", "getServerTime", "attach", "detach", "updateInviteeStatus",
    "updateInviteeStatusList", "asyncAddList", "asyncUpdateList", "asyncUpsertList", "asyncDeleteList", "asyncGetList",
    "asyncInitializeList", "asyncSearch", "getAsyncResult", "checkAsyncStatus", "getDeleted",
    "getAccountGovernanceInfo", "getIntegrationGovernanceInfo",
)  # fmt: skip
_HEADERS = ("tokenPassport", "applicationInfo", "partnerInfo")
_PLAIN = frozenset({
    "changePassword", "changeEmail", "getServerTime", "getAccountGovernanceInfo", "getIntegrationGovernanceInfo",
})  # fmt: skip
_SEARCHES = frozenset({"search", "searchMoreWithId", "asyncSearch"})
_FAULTS = (
    "InsufficientPermission", "InvalidAccount", "InvalidCredentials", "InvalidSession", "InvalidVersion",
    "ExceededConcurrentRequestLimit", "ExceededRequestLimit", "ExceededUsageLimit", "ExceededRecordCount",
    "ExceededRequestSize", "UnexpectedError", "Async",
)  # fmt: skip
_ALL_HEADERS = (*_HEADERS, "documentInfo", "preferences", "searchPreferences")


def headers_of(operation: str) -> tuple[str, ...]:
    """Name the headers that an operation's input declares."""
    if operation in _PLAIN:
        return _HEADERS
    return (*_HEADERS, "searchPreferences" if operation in _SEARCHES else "preferences")


def wsdl(urns: dict[str, str], locations: dict[str, str]) -> str:
    """Give the project's own WSDL, marked."""
    imports = "".join(f'<xsd:import namespace="{urns[one]}" schemaLocation="{locations[one]}"/>' for one in urns)
    spaces = {
        "xmlns": "http://schemas.xmlsoap.org/wsdl/", "xmlns:xsd": "http://www.w3.org/2001/XMLSchema",
        "xmlns:soap": "http://schemas.xmlsoap.org/wsdl/soap/", "xmlns:m": urns["messages platform"],
        "xmlns:f": urns["faults platform"], "xmlns:tns": f"urn:platform_{VERSION}.webservices.netsuite.com",
    }  # fmt: skip
    declared = " ".join(f'{name}="{value}"' for name, value in spaces.items())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><definitions {declared} targetNamespace="{spaces["xmlns:tns"]}">'
        f'<types><xsd:schema elementFormDefault="qualified">{imports}</xsd:schema></types>'
        f"{_messages()}{_port()}{_binding()}{_service()}</definitions>"
    )


def _messages() -> str:
    headers = "".join(f'<part name="{one}" element="m:{one}"/>' for one in _ALL_HEADERS)
    texts = [f'<message name="headers">{headers}</message>']
    for one in OPERATIONS:
        texts += [
            f'<message name="{one}Request"><part name="parameters" element="m:{one}"/></message>',
            f'<message name="{one}Response"><part name="parameters" element="m:{one}Response"/></message>',
        ]
    for one in _FAULTS:
        texts.append(
            f'<message name="{one}Fault"><part name="fault" element="f:{one[0].lower()}{one[1:]}Fault"/></message>'
        )
    return "".join(texts)


def _port() -> str:
    faults = "".join(f'<fault name="{one}Fault" message="tns:{one}Fault"/>' for one in _FAULTS)
    texts = (
        f'<operation name="{one}"><input name="{one}Request" message="tns:{one}Request"/>'
        f'<output name="{one}Response" message="tns:{one}Response"/>{faults}</operation>'
        for one in OPERATIONS
    )
    return f'<portType name="NetSuitePortType">{"".join(texts)}</portType>'


def _binding() -> str:
    faults = "".join(
        f'<fault name="{one}Fault"><soap:fault name="{one}Fault" use="literal"/></fault>' for one in _FAULTS
    )
    texts = []
    for one in OPERATIONS:
        given = "".join(_header(part) for part in headers_of(one))
        texts.append(
            f'<operation name="{one}"><soap:operation soapAction="{one}"/>'
            f'<input name="{one}Request">{given}<soap:body use="literal"/></input>'
            f'<output name="{one}Response">{_header("documentInfo")}<soap:body use="literal"/></output>'
            f"{faults}</operation>"
        )
    transport = '<soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>'
    return f'<binding name="NetSuiteBinding" type="tns:NetSuitePortType">{transport}{"".join(texts)}</binding>'


def _header(part: str) -> str:
    return f'<soap:header message="tns:headers" part="{part}" use="literal"/>'


def _service() -> str:
    address = f'<soap:address location="{HOME}/services/NetSuitePort_{VERSION}"/>'
    port = f'<port name="NetSuitePort" binding="tns:NetSuiteBinding">{address}</port>'
    return f'<service name="NetSuiteService">{port}</service>'
