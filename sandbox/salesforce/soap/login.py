"""How does a client sign in with user name and password by SOAP, and out again (salesforce.md 0.1, 1.1)?"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from starlette.requests import Request

from sandbox.salesforce import identity
from sandbox.salesforce.ids import long_form
from sandbox.salesforce.org import USER
from sandbox.salesforce.refusals import SignInRefused
from sandbox.salesforce.sessions import ORGANIZATION, Session
from sandbox.salesforce.signin import Door, home_of, same
from sandbox.salesforce.soap.envelope import Call, Fault, Value

LOGIN_UNTIL = 65  # the API version from which there is no login any more
PROFILE = "00eWs000000000AAAA"
WRONG = "Invalid username, password, security token; or user locked out."
TOKEN_NEEDED = (
    f"{WRONG} Are you at a new location? When accessing Salesforce--either via a desktop client or the API--from "
    "outside of your company\u2019s trusted networks, you must add a security token to your password to log in. To get "
    "your new security token, log in to Salesforce. From your personal settings, enter Reset My Security Token in the "
    "Quick Find box, then select Reset My Security Token."
)


@dataclass
class SoapLogin:
    """Signs in and out; a caller out of a trusted range needs no security token."""

    door: Door
    trusted_ranges: tuple[str, ...] = ()

    def login(self, call: Call, request: Request, version: str) -> dict[str, Value]:
        """Return the result of a login; raise a LoginFault."""
        if float(version) >= LOGIN_UNTIL:
            raise Fault(
                "INVALID_OPERATION",
                f"The SOAP Login operation is not available in the API version specified ({version}). "
                "Refer to the documentation for supported versions.",
                "ApiFault",
            )
        self._check(call, request)
        try:
            self.door.count_login()
        except SignInRefused as refused:
            raise Fault("LOGIN_RATE_EXCEEDED", str(refused), "LoginFault") from refused
        session = self.door.sessions.open()
        return {"result": self._result(session, home_of(request), version)}

    def logout(self, call: Call) -> None:
        """End the session of the call."""
        self.door.sessions.end(call.setting("sessionId"))

    def user(self) -> dict[str, Value]:
        """Return what a client is told about its user."""
        known = self.door.credentials
        return {
            "accessibilityMode": False, "chatterExternal": False, "currencySymbol": "$",
            "orgAttachmentFileSizeLimit": 26_214_400, "orgDefaultCurrencyIsoCode": "USD",
            "orgDefaultCurrencyLocale": "en_US", "orgDisallowHtmlAttachments": False, "orgHasPersonAccounts": False,
            "organizationId": ORGANIZATION, "organizationMultiCurrency": True, "organizationName": "Isthmus",
            "profileId": PROFILE, "roleId": None, "sessionSecondsValid": int(self.door.sessions.lifetime),
            "userDefaultCurrencyIsoCode": "USD", "userEmail": known.username, "userFullName": identity.FULL_NAME,
            "userId": USER, "userLanguage": identity.LANGUAGE, "userLocale": identity.LOCALE,
            "userName": known.username, "userTimeZone": identity.TIME_ZONE, "userType": "Standard",
            "userUiSkin": "Theme3",
        }  # fmt: skip

    def _check(self, call: Call, request: Request) -> None:
        known = self.door.credentials
        named = same(call.argument("username").strip().lower(), known.username.lower())
        password, scope = call.argument("password"), call.setting("organizationId")
        if not named or (scope and long_form(scope) != ORGANIZATION):
            raise Fault("INVALID_LOGIN", WRONG, "LoginFault")
        if same(password, known.password + known.security_token):
            return
        if not same(password, known.password):
            raise Fault("INVALID_LOGIN", WRONG, "LoginFault")
        if not scope and not self._is_trusted(request):
            raise Fault("LOGIN_MUST_USE_SECURITY_TOKEN", TOKEN_NEEDED, "LoginFault")

    def _is_trusted(self, request: Request) -> bool:
        """Tell whether the caller is inside a trusted range; one that names the organization counts as such anyway."""
        here = request.headers.get("x-forwarded-for", request.client.host if request.client else "")
        try:
            address = ip_address(here.partition(",")[0].strip())
        except ValueError:
            return False
        return any(address in ip_network(one) for one in self.trusted_ranges)

    def _result(self, session: Session, base: str, version: str) -> dict[str, Value]:
        place = f"{version}/{ORGANIZATION[:15]}"
        return {
            "metadataServerUrl": f"{base}/services/Soap/m/{place}",
            "passwordExpired": False,
            "sandbox": False,
            "serverUrl": f"{base}/services/Soap/u/{place}",
            "sessionId": session.token,
            "userId": USER,
            "userInfo": self.user(),
        }
