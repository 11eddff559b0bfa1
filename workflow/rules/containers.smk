# Where jobs run: on the Python that runs Snakemake, whether or not its environment was activated, or, with
# --sdm apptainer, in an image that holds the libraries. The code is this checkout's either way.

from shlex import quote

from snakemake_interface_executor_plugins.settings import DeploymentMethod

from a2c.runs.container import engine, image_digest

CHECKOUT = workflow.basedir
IMAGE = os.environ.get("A2C_IMAGE", os.path.relpath(f"{CHECKOUT}/containers/a2c.sif"))


container: IMAGE


def open_to_image(places):
    """Let every image see these folders at their own paths, beside the working directory."""
    variable = f"{engine().upper()}_BIND"
    seen = os.environ.get(variable, "").split(",")
    os.environ[variable] = ",".join(dict.fromkeys(filter(None, [*seen, *places])))


def digest_of_image():
    """Taken once, when the pipeline starts; jobs that parse this again, on a cluster, have it from the environment."""
    if workflow.is_main_process or "A2C_CONTAINER_DIGEST" not in os.environ:
        os.environ["A2C_CONTAINER_DIGEST"] = image_digest(Path(IMAGE))
    return os.environ["A2C_CONTAINER_DIGEST"]


def settings_of_jobs():
    """What every job sets first. In the image PATH is the image's, so that no Python of this machine is used there."""
    if DeploymentMethod.APPTAINER not in workflow.deployment_settings.deployment_method:
        return f'PATH={quote(os.path.dirname(sys.executable))}:"$PATH"'
    digest = digest_of_image()
    open_to_image([CHECKOUT, os.path.realpath(RESULTS)])
    return f"PYTHONPATH={quote(CHECKOUT)} A2C_CONTAINER_DIGEST={digest}"


try:
    shell.prefix(f"set -euo pipefail; export {settings_of_jobs()}; ")
except ConfigError as mistake:
    end(mistake)
