# Gradient studies: a job per run, from its snapshots to its estimates; then the tables, the figures.


rule gradient_study:
    input:
        lambda wildcards: paper_if_outdated(
            f"{wildcards.results}/gradients/{wildcards.gradients}/gradients.json"
        ),
    output:
        "{results}/gradients/{gradients}/gradients.json",
    log:
        "{results}/logs/gradients/{gradients}/study.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        text=lambda wildcards: results_of(wildcards).gradients[wildcards.gradients].text,
    shell:
        "printf '%s' {params.text:q} > {output:q} 2> {log:q}"


# `update` keeps estimates that are there: `gradients` checks for itself, and measures only what is new.
rule gradients:
    input:
        study=f"{RESULTS}/gradients/{{gradients}}/gradients.json",
        run=lambda wildcards: TRAINED.gradient_manifests(
            wildcards.gradients, int(wildcards.seed)
        ),
    output:
        update(f"{RESULTS}/gradients/{{gradients}}/runs/seed-{{seed}}.json"),
        update(f"{RESULTS}/gradients/{{gradients}}/runs/seed-{{seed}}.parquet"),
    log:
        f"{RESULTS}/logs/gradients/{{gradients}}/seed-{{seed}}.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=requested("mem_mb", by_gradients),
        runtime=requested("runtime", by_gradients),
    params:
        folder=subpath(input.study, parent=True),
        modules=[f"--allow-module={module}" for module in TRAINED.modules],
    shell:
        "with_log {log:q} python -m a2c gradients {params.folder:q} --seeds {wildcards.seed} {params.modules:q}"


for results in FOLDERS.values():
    for name in results.gradients:

        rule:
            name:
                results.rule_name("aggregate_gradients", name)
            input:
                study=results.files(GRADIENTS, name, [GRADIENTS.record]),
                runs=results.gradient_manifests(name),
                estimates=results.gradient_parts(name),
            output:
                results.data_files(GRADIENTS, name),
            log:
                f"{results.folder}/logs/gradients/{name}/aggregate.log",
            conda:
                "../../environment.yml"
            params:
                folder=subpath(output[0], parent=True),
            shell:
                "with_log {log:q} python -m a2c aggregate-gradients {params.folder:q}"

        rule:
            name:
                results.rule_name("draw_gradients", name)
            input:
                results.data_files(GRADIENTS, name),
            output:
                drawn_by(results, GRADIENTS, name),
            log:
                f"{results.folder}/logs/gradients/{name}/draw.log",
            conda:
                "../../environment.yml"
            params:
                folder=subpath(output[0], parent=True),
            shell:
                "with_log {log:q} python -m a2c draw-gradients {params.folder:q}"
