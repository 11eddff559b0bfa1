# The entry point: reads the paper's config, includes the rules, defines the targets.
#   snakemake --cores all                                      the default paper
#   snakemake --cores all --configfile config/smoke.yaml       another one
# Targets: all (default), data, figures, tables, report; published: the same from the published runs, training nothing.

from snakemake.utils import min_version

min_version("9.0")

if not workflow.configfiles:

    configfile: f"{workflow.basedir}/config/cartpole.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/containers.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/aggregate.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/gradients.smk"
include: "workflow/rules/tunings.smk"
include: "workflow/rules/films.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        f"{RESULTS}/index.html",
        f"{RESULTS}/paper.pdf",


rule data:
    input:
        TRAINED.all_data_files(),


rule figures:
    input:
        TRAINED.figure_files(),


rule tables:
    input:
        TRAINED.table_files(),


rule report:
    input:
        f"{RESULTS}/index.html",
        f"{RESULTS}/paper.pdf",


rule published:
    input:
        f"{PUBLISHED.folder}/index.html",
        f"{PUBLISHED.folder}/paper.pdf",
