"""The clients that are measured: a module each, in which the same task has the same name.

A task is a context manager that gives ``run(amount)``, see ``benchmarks.worker``:
``small`` and ``small_async`` make that many calls that end with the parsed JSON, ``download`` and
``download_async`` take that many bytes and drop them, ``upload`` sends that many from a file,
``pump`` sends what it receives.
"""
