# A study's tables to its figures and formatted tables.

for results in FOLDERS.values():
    for name in results.studies:

        rule:
            name:
                results.rule_name("draw", name)
            input:
                results.data_files(name),
            output:
                marked(results.drawn_files(name), results.marks(name)),
            log:
                f"{results.folder}/logs/draw/{name}.log",
            conda:
                "../../environment.yml"
            params:
                folder=subpath(output[0], parent=True),
            shell:
                "with_log {log:q} python -m a2c draw {params.folder:q}"
