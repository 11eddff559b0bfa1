"""The native core is compiled when the package is installed; all else stands in pyproject.toml."""

import runpy
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

CORE = Path("a2c", "core")


class BuildWithCore(build_py):
    """Compiles the core into the package: the installed one, or the checkout if the installation is editable.

    An installed package carries the workflow and its profiles, too (a2c/pipeline/workflow.py).
    """

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            carried = {file: file for file in Path("workflow").rglob("*.smk")}
            carried |= {file: Path("workflow", file) for file in Path("profiles").rglob("*.yaml")}
            carried |= {Path("environment.yml"): Path("environment.yml")}  # which the rules name
            for file, place in carried.items():
                target = Path(self.build_lib, "a2c", place)
                target.parent.mkdir(parents=True, exist_ok=True)
                self.copy_file(str(file), str(target))
        core = runpy.run_path(str(CORE / "build.py"))
        folder = CORE if self.editable_mode else Path(self.build_lib) / CORE
        try:
            core["build"](folder / core["FOLDER"])
        except core["BuildError"] as error:
            raise SystemExit(f"a2c.core: {error}") from None


class AnyPython(bdist_wheel):
    """A wheel for this platform and every Python: the core is called through ctypes."""

    def get_tag(self) -> tuple[str, str, str]:
        return "py3", "none", super().get_tag()[2]


class WithCore(Distribution):
    """A distribution that depends on the platform."""

    def has_ext_modules(self) -> bool:
        return True


setup(cmdclass={"build_py": BuildWithCore, "bdist_wheel": AnyPython}, distclass=WithCore)
