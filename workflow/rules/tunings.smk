# Tunings: a job per tuner and repeat, and one for the references; then the tables, the figures.


rule tuning:
    input:
        lambda wildcards: paper_if_outdated(
            f"{wildcards.results}/tunings/{wildcards.tuning}/tuning.json"
        ),
    output:
        "{results}/tunings/{tuning}/tuning.json",
    log:
        "{results}/logs/tunings/{tuning}/tuning.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        text=lambda wildcards: results_of(wildcards).tunings[wildcards.tuning].text,
    shell:
        "printf '%s' {params.text:q} > {output:q} 2> {log:q}"


# `update` keeps tables that are there: `tune` checks for itself, and goes on after the last trial of a killed job.
rule tune:
    input:
        f"{RESULTS}/tunings/{{tuning}}/tuning.json",
    output:
        update(f"{RESULTS}/tunings/{{tuning}}/{{tuner}}/repeat-{{repeat}}/repeat.json"),
    log:
        f"{RESULTS}/logs/tunings/{{tuning}}/{{tuner}}-{{repeat}}.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=requested_by_tuning("mem_mb"),
        runtime=requested_by_tuning("runtime"),
    params:
        folder=subpath(input[0], parent=True),
        registration=registration_option(),
        modules=[f"--allow-module={module}" for module in TRAINED.modules],
    shell:
        "with_log {log:q} python -m a2c tune {params.folder:q} --tuner {wildcards.tuner} --repeat {wildcards.repeat} "
        "{params.registration:q} {params.modules:q}"


for results in FOLDERS.values():
    for name in results.tunings:

        rule:
            name:
                results.rule_name("aggregate_tuning", name)
            input:
                record=results.tuning_files(name, ["tuning.json"]),
                jobs=results.tuning_parts(name),
            output:
                results.tuning_data_files(name),
            log:
                f"{results.folder}/logs/tunings/{name}/aggregate.log",
            conda:
                "../../environment.yml"
            params:
                folder=subpath(output[0], parent=True),
            shell:
                "with_log {log:q} python -m a2c aggregate-tuning {params.folder:q}"

        rule:
            name:
                results.rule_name("draw_tuning", name)
            input:
                results.tuning_data_files(name),
            output:
                marked(results.tuning_drawn_files(name), results.tuning_marks(name)),
            log:
                f"{results.folder}/logs/tunings/{name}/draw.log",
            conda:
                "../../environment.yml"
            params:
                folder=subpath(output[0], parent=True),
            shell:
                "with_log {log:q} python -m a2c draw-tuning {params.folder:q}"
