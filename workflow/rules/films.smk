# Trained policies at play, for the page: of each environment, the baseline of the first study that has it.


# `update` keeps published films: where the weights were left out, there are no others.
rule films:
    input:
        lambda wildcards: results_of(wildcards).film_inputs(wildcards.env),
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
        modules=[f"--allow-module={module}" for module in TRAINED.modules],
    shell:
        "with_log {log:q} python -m a2c films {params.study:q} {wildcards.env:q} {params.modules:q}"
