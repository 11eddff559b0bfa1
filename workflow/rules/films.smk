# Trained policies at play, for the page: of each environment, the baseline of the first study that has it.

from a2c.config import slug
from a2c.report.studies import environments

FILMED = {
    results: {
        slug(env_id): name
        for name, study in reversed(studies.items())
        for env_id in environments(study)
    }
    for results, studies in STUDIES.items()
}


# `update` keeps published films: where the weights were left out, there are no others.
rule films:
    input:
        lambda wildcards: study_files(
            wildcards.results,
            FILMED[wildcards.results][wildcards.env],
            ["study.json", "runs.csv", "lineage.json"],
        ),
    output:
        update("{results}/films/{env}/films.json"),
    log:
        "{results}/logs/films/{env}.log",
    wildcard_constraints:
        env="[^/]+",
    conda:
        "../../environment.yml"
    params:
        study=subpath(input[0], parent=True),
    shell:
        "python -m a2c films {params.study:q} {wildcards.env:q} 2> >(tee {log:q} >&2)"
