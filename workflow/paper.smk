# The rules and the targets of a paper. The package carries them, so that a Snakefile elsewhere
# can include this file. Its default target is `rule all` of the Snakefile, as Snakemake ignores one that is included.


include: "rules/common.smk"
include: "rules/containers.smk"
include: "rules/train.smk"
include: "rules/aggregate.smk"
include: "rules/figures.smk"
include: "rules/gradients.smk"
include: "rules/tunings.smk"
include: "rules/films.smk"
include: "rules/report.smk"


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
        PUBLISHED.all_data_files(),  # some are not in git
