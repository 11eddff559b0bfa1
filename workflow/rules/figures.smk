# Studies' tables to their figures and formatted tables, in the same batches.

for results in FOLDERS.values():
    for batch, names in results.batches.items():

        rule:
            name:
                results.rule_name("draw", batch)
            input:
                [path for name in names for path in results.data_files(STUDIES, name)],
            output:
                [path for name in names for path in drawn_by(results, STUDIES, name)],
            log:
                f"{results.folder}/logs/draw/{batch}.log",
            priority: 1 if results.is_published else 0
            conda:
                "../../environment.yml"
            params:
                folders=[f"{results.folder}/studies/{name}" for name in names],
            shell:
                "with_log {log:q} python -m a2c draw {params.folders:q}"
