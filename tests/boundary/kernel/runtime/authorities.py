"""Certificate authorities for tests: each made on the spot, with certificates as good or as bad as somebody asks for."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from boundary.kernel.runtime import tls

DAY = timedelta(days=1)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


class Authority:
    """Signs certificates for one side, or for a stranger."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self._name = _name(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)  # noqa: TID251 -- TLS looks at the machine's clock
        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        certificate = (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 10 * DAY)
            .not_valid_after(now + 10 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.file = folder / f"{name}.ca.pem"
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def files(
        self,
        name: str,
        *,
        trusts: "Authority",
        host: str = "127.0.0.1",
        uri: str = "spiffe://example/channel",
        serves: bool = False,
        begins: timedelta = -DAY,
        ends: timedelta = DAY,
    ) -> tls.Files:
        """A certificate, its key, and whom its holder trusts."""
        now = datetime.now(UTC)  # noqa: TID251 -- likewise
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            address: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            address = x509.DNSName(host)
        use = ExtendedKeyUsageOID.SERVER_AUTH if serves else ExtendedKeyUsageOID.CLIENT_AUTH
        certificate = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begins)
            .not_valid_after(now + ends)
            .add_extension(x509.SubjectAlternativeName([address, x509.UniformResourceIdentifier(uri)]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        files = tls.Files(self.folder / f"{name}.pem", self.folder / f"{name}.key", trusts.file)
        files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        files.key.touch(0o600)
        files.key.write_bytes(_pem(key))
        return files
