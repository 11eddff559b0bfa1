# The entry point: reads the paper's config, includes the rules, defines the targets.
#   snakemake --cores all                                      the default paper
#   snakemake --cores all --configfile config/smoke.yaml       another one
# Targets: all (default), data, figures, tables, report; published: the same from the published runs, training nothing.

from snakemake.utils import min_version

min_version("9.0")

if not workflow.configfiles:

    configfile: f"{workflow.basedir}/config/paper.yaml"


include: "workflow/paper.smk"


rule all:
    default_target: True
    input:
        rules.report.input,
