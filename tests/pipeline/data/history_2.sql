-- A history as schema 2 wrote it, one solve.
PRAGMA application_id = 1096043603;
PRAGMA user_version = 2;
BEGIN TRANSACTION;
CREATE TABLE candidates (
    id INTEGER PRIMARY KEY,
    solve INTEGER NOT NULL REFERENCES solves (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    origin TEXT NOT NULL,
    plan TEXT,
    parent INTEGER,
    tokens INTEGER NOT NULL,
    mean_logprob REAL,
    examples_passed INTEGER NOT NULL,
    examples INTEGER NOT NULL,
    evidence TEXT,
    chosen INTEGER NOT NULL CHECK (chosen IN (0, 1)),
    embedding BLOB,
    embedding_definition TEXT, embedding_view TEXT,
    CHECK ((embedding IS NULL) = (embedding_definition IS NULL)),
    UNIQUE (solve, number)
);
INSERT INTO "candidates" VALUES(1,1,0,'return x * 2','sample',NULL,NULL,7,-0.25,1,1,'{"examples_passed":1,"examples":1,"tests_passed":1.0,"agreement":1.0,"cluster":1,"score":3.0,"candidates":1,"faults":[],"self_reported":null,"prior":null}',1,X'003C0040','mean-final-norm/1','in answer');
CREATE TABLE outcomes (
    id INTEGER PRIMARY KEY,
    solve INTEGER NOT NULL REFERENCES solves (id) ON DELETE CASCADE,
    at REAL NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL
);
INSERT INTO "outcomes" VALUES(1,1,1001.5,'verified','');
CREATE TABLE solves (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    task INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    path TEXT NOT NULL,
    model TEXT NOT NULL,
    began_at REAL NOT NULL,
    seconds REAL NOT NULL,
    ended TEXT NOT NULL,
    stopped TEXT NOT NULL,
    settings_hash TEXT NOT NULL,
    settings TEXT NOT NULL,
    seed INTEGER NOT NULL,
    level TEXT,
    reason TEXT,
    probability REAL,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    cost TEXT,
    stages TEXT NOT NULL,
    route TEXT,
    examples TEXT NOT NULL,
    written TEXT NOT NULL,
    answered_from TEXT NOT NULL
);
INSERT INTO "solves" VALUES(1,'a',1,'solve','/home/me/work.py','scripted',1000.0,1.5,'finished','','44136fa355b3678a1146ad16f7e8649e','{"route":"samples","samples":8,"first_samples":3,"resamples":3,"background_samples":20,"temperature":0.8,"top_p":0.95,"test_samples":3,"input_samples":1,"property_samples":1,"reference_samples":0,"max_tokens":768,"context":true,"context_tokens":1024,"project_tests":true,"run_project_tests":true,"seed":0,"tier":"fast","thinking":{"fast":{"code":{"mode":"off","max_tokens":2048,"min_tokens":512,"max_waits":2},"plan":{"mode":"off","max_tokens":2048,"min_tokens":512,"max_waits":2},"tests":{"mode":"off","max_tokens":2048,"min_tokens":512,"max_waits":2},"judge":{"mode":"off","max_tokens":2048,"min_tokens":512,"max_waits":2},"repair":{"mode":"off","max_tokens":2048,"min_tokens":512,"max_waits":2}},"full":{"code":{"mode":"capped","max_tokens":2048,"min_tokens":512,"max_waits":2},"plan":{"mode":"off","max_tokens":2048,"min_tokens":512,"max_waits":2},"tests":{"mode":"capped","max_tokens":2048,"min_tokens":512,"max_waits":2},"judge":{"mode":"capped","max_tokens":2048,"min_tokens":512,"max_waits":2},"repair":{"mode":"capped","max_tokens":2048,"min_tokens":512,"max_waits":2}}},"temperature_spread":0.0,"perturbed_share":0.0,"perturbation_position":"back","planned_share":0.0,"plan_search":"small","mutants":12,"repair_rounds":0,"repair_analysis":false,"token_budget":0,"abandon_after":0,"deadline_s":0.0,"s_star":true,"s_star_gap":0.15,"s_star_rounds":1}',0,'VERIFIED','its example passes',NULL,30,21,'{"seconds":1.5,"prompt_tokens":30,"completion_tokens":21,"candidates":1,"programs_run":4,"energy":null,"money":null}','[]','{"route":"samples","samples":8,"reason":"","schema":1}','[{"call":"double(2)","expected":{"kind":"value","text":"4","shown":"4"},"provenance":"given","line":3,"source":""}]','{"tests":[{"call":"double(5)","expected":{"kind":"value","text":"10","shown":"10"},"provenance":"generated","line":null,"source":""}],"inputs":["double(-3)"],"properties":[]}','');
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    task_hash TEXT NOT NULL,
    context_hash TEXT NOT NULL,
    model_hash TEXT NOT NULL,
    prompt_version TEXT NOT NULL,
    language TEXT NOT NULL,
    qualname TEXT NOT NULL,
    decorators TEXT NOT NULL,
    header TEXT NOT NULL,
    context TEXT NOT NULL,
    UNIQUE (task_hash, context_hash, model_hash, prompt_version)
);
INSERT INTO "tasks" VALUES(1,'b7efe1b59fd97d2b8f7e9e0f473043da','e3b0c44298fc1c149afbf4c8996fb924','0000000000000000','3/d72c9016a3349934','python','double','','def double(x):
    """Double x.

    >>> double(2)
    4
    """','');
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    candidate INTEGER NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
    provenance TEXT NOT NULL,
    call TEXT NOT NULL,
    expected TEXT,
    source TEXT NOT NULL,
    status TEXT NOT NULL,
    actual TEXT NOT NULL,
    cpu_s REAL NOT NULL
);
INSERT INTO "verdicts" VALUES(1,1,'given','double(2)','{"kind":"value","text":"4","shown":"4"}','','pass','4',0.001);
CREATE INDEX solves_of_task ON solves (task);
CREATE INDEX solves_answered_from ON solves (answered_from);
CREATE INDEX verdicts_of_candidate ON verdicts (candidate);
CREATE INDEX outcomes_of_solve ON outcomes (solve);
COMMIT;
