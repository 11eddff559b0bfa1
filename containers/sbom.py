"""Write the list of an image's packages (SBOM) in the CycloneDX format: sbom.py IMAGE.sif FILE.json

Python's packages as `pip inspect` lists them in the image, with licences and dependencies, and Debian's as dpkg does.
The same image gives the same bytes. Needs the packages of requirements-security.lock: `make sbom`.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from a2c.pipeline.containers import engine, image_labels
from a2c.runs.files import write_text
from a2c.untrusted import checksum

BUILD_DATE = "org.label-schema.build-date"  # Apptainer writes this label


def in_image(image: Path, *command: str) -> str:
    """What a command prints in the image."""
    told = subprocess.run(
        [engine(), "exec", "--cleanenv", str(image), *command], capture_output=True, encoding="utf-8", check=True
    )
    return told.stdout


def whole_image(image: Path) -> Component:
    """The image itself: its version, digest and labels."""
    labels = image_labels(image)
    return Component(
        type=ComponentType.CONTAINER,
        name=labels["org.opencontainers.image.title"],
        version=labels["org.opencontainers.image.version"],
        bom_ref="image",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=checksum(image, at_most=None))],
        properties=[Property(name=name, value=value) for name, value in labels.items() if name.startswith("a2c.")],
    )


def python_package(metadata: dict[str, Any]) -> Component:
    """A package of Python's environment in the image, from its metadata."""
    url = PackageURL("pypi", None, canonicalize_name(metadata["name"]), metadata["version"])
    return Component(
        type=ComponentType.LIBRARY,
        name=metadata["name"],
        version=metadata["version"],
        purl=url,
        bom_ref=str(url),
        description=metadata.get("summary"),
        licenses=[LicenseFactory().make_from_string(name) for name in licences(metadata)],
    )


def licences(metadata: dict[str, Any]) -> list[str]:
    """The licences that a package declares: as an expression, by classifiers, or as one line of text."""
    if "license_expression" in metadata:
        return [metadata["license_expression"]]
    known = "License :: OSI Approved :: "
    classifiers = [line.removeprefix(known) for line in metadata.get("classifier", []) if line.startswith(known)]
    text = metadata.get("license", "")
    return classifiers or [text] * (0 < len(text) < 80 and "\n" not in text)


def needed(metadata: dict[str, Any]) -> Iterator[str]:
    """The names of the packages that a package needs on this platform, without its extras."""
    for line in metadata.get("requires_dist", []):
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)


def debian_packages(image: Path) -> Iterator[Component]:
    """The packages of the operating system."""
    listed = in_image(image, "dpkg-query", "--show", "--showformat", "${Package} ${Version} ${Architecture}\\n")
    for name, version, architecture in map(str.split, listed.splitlines()):
        url = PackageURL("deb", "debian", name, version, {"arch": architecture})
        yield Component(type=ComponentType.LIBRARY, name=name, version=version, purl=url, bom_ref=str(url))


def bill(image: Path) -> Bom:
    """All packages of the image and what they depend on."""
    whole = whole_image(image)
    built = datetime.strptime(image_labels(image)[BUILD_DATE], "%A_%d_%B_%Y_%H:%M:%S_%Z").replace(tzinfo=UTC)
    installed = [one["metadata"] for one in json.loads(in_image(image, "python", "-m", "pip", "inspect"))["installed"]]
    python = {canonicalize_name(metadata["name"]): python_package(metadata) for metadata in installed}
    debian = list(debian_packages(image))
    bom = Bom(
        serial_number=uuid5(NAMESPACE_URL, checksum(image, at_most=None)),
        metadata=BomMetaData(component=whole, timestamp=built),
        components=[*python.values(), *debian],
    )
    bom.register_dependency(whole, [*python.values(), *debian])
    for metadata in installed:
        names = [name for name in needed(metadata) if name in python]
        bom.register_dependency(python[canonicalize_name(metadata["name"])], [python[name] for name in names])
    return bom


def main() -> None:
    image, out = map(Path, sys.argv[1:])
    written = JsonV1Dot6(bill(image)).output_as_string(indent=1)
    mistake = JsonStrictValidator(SchemaVersion.V1_6).validate_str(written)
    if mistake is not None:
        sys.exit(f"sbom: {out}: not valid CycloneDX 1.6: {mistake}")
    write_text(out, written + "\n")


if __name__ == "__main__":
    main()
