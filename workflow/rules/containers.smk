# Where jobs run: with the Python that runs Snakemake, whether or not its environment was activated; or, asked for by
# --sdm apptainer, in an image that has the libraries. The code is this checkout's in both cases.

from shlex import quote

from snakemake_interface_executor_plugins.settings import DeploymentMethod

from a2c.runs.container import engine, image_digest

CHECKOUT = Path(workflow.basedir)
IMAGE = Path(
    os.environ.get("A2C_IMAGE", os.path.relpath(CHECKOUT / "containers" / "a2c.sif"))
)


def prefix_in_image():
    """What every job does first in the image; the binds and the digest reach jobs on other machines by the environment."""
    handed = os.environ.get("A2C_CONTAINER_DIGEST") if workflow.remote_exec else None
    digest = handed or image_digest(IMAGE)
    bind = f"{engine().upper()}_BIND"
    seen = os.environ.get(bind, "").split(",")
    places = [*seen, str(CHECKOUT), os.path.realpath(RESULTS)]
    os.environ[bind] = ",".join(dict.fromkeys(filter(None, places)))
    os.environ["A2C_CONTAINER_DIGEST"] = digest
    return f"export PYTHONPATH={quote(str(CHECKOUT))} A2C_CONTAINER_DIGEST={digest}"


def prefix_outside():
    """What every job does first outside."""
    return f'export PATH={quote(str(Path(sys.executable).parent))}:"$PATH"'


container: str(IMAGE)


try:
    INSIDE = (
        DeploymentMethod.APPTAINER in workflow.deployment_settings.deployment_method
    )
    shell.prefix(
        f"set -euo pipefail; {prefix_in_image() if INSIDE else prefix_outside()}; "
    )
except ConfigError as mistake:
    end(mistake)
