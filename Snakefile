# The way in: read the paper's config, say what is wanted, include the rules.
#   snakemake --cores all                                      the default paper
#   snakemake --cores all --configfile config/smoke.yaml       another one
# Targets: all (default), data, figures, tables, report; published: the same from the published runs, training nothing.

from snakemake.utils import min_version

min_version("9.0")

if not workflow.configfiles:

    configfile: "config/cartpole.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/containers.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/aggregate.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/films.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        f"{RESULTS}/index.html",


rule data:
    input:
        [path for name in STUDIES[RESULTS] for path in data_files(RESULTS, name)],


rule figures:
    input:
        lambda wildcards: of_all_studies(RESULTS, figures_of, figure_files),


rule tables:
    input:
        lambda wildcards: of_all_studies(RESULTS, tables_of, table_files),
        f"{RESULTS}/claims.csv",


rule report:
    input:
        f"{RESULTS}/index.html",


rule published:
    input:
        f"{PUBLISHED}/index.html",
