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
        mem_mb=requested("mem_mb", by_tuning),
        runtime=requested("runtime", by_tuning),
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
                record=results.files(TUNINGS, name, [TUNINGS.record]),
                jobs=results.tuning_parts(name),
            output:
                results.data_files(TUNINGS, name),
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
                results.data_files(TUNINGS, name),
            output:
                drawn_by(results, TUNINGS, name),
            log:
                f"{results.folder}/logs/tunings/{name}/draw.log",
            conda:
                "../../environment.yml"
            params:
                folder=subpath(output[0], parent=True),
            shell:
                "with_log {log:q} python -m a2c draw-tuning {params.folder:q}"
