"""What a machine room is given has the published form, fits the service, and has no rights that it does not need."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from copy import deepcopy
from importlib.resources import files
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from jsonschema import ValidationError
from jsonschema.validators import validator_for

from recx_lib.serve import __main__ as shop
from tests.service_cases import asking, make_service, put_on_shelf

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
MANIFESTS = list(
    yaml.safe_load_all((DEPLOY / "kubernetes.yml").read_text(encoding="utf-8"))
)
KINDS = {one["kind"]: one for one in MANIFESTS}
POD = KINDS["Deployment"]["spec"]["template"]
[CONTAINER] = POD["spec"]["containers"]
COMPOSE = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))
IMAGE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
COMMAND = re.search(r"^CMD (\[.*\])$", IMAGE, re.M)[1]
COMMANDS = {
    "image": yaml.safe_load(COMMAND),
    "compose": COMPOSE["services"]["shop"]["command"],
    "kubernetes": CONTAINER["args"],
}


# the forms as they are published; packages carry them, nothing here is ours
SECRET_NAMES = "SECRET|PASSWORD|WATCHER"
RELEASES = ("1.27", "1.34")  # of Kubernetes: an older and a newer one
PUBLISHED = files("check_jsonschema") / "builtin_schemas" / "vendor"
FORMS = {
    "deploy/compose.yml": "compose-spec",
    ".github/workflows/ci.yml": "github-workflows",
    ".github/workflows/pages.yml": "github-workflows",
}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("manifest", MANIFESTS, ids=list(KINDS))
def test_every_manifest_has_the_form_that_kubernetes_publishes(
    manifest, release
):
    # strict: a field that is not known is a mistake, too
    assert kubernetes_validate.validate(manifest, release, strict=True)
    for spoilt in ("spec", "metadata"):
        wrong = deepcopy(manifest)
        wrong[spoilt]["replica"] = 2
        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(wrong, release, strict=True)


def test_a_number_that_is_a_word_is_no_deployment():
    wrong = deepcopy(KINDS["Deployment"])
    wrong["spec"]["replicas"] = "two"
    with pytest.raises(kubernetes_validate.ValidationError, match="integer"):
        kubernetes_validate.validate(wrong, RELEASES[1], strict=True)


@pytest.mark.parametrize(("file", "form"), FORMS.items(), ids=FORMS)
def test_compose_and_the_steps_of_ci_have_the_published_form(file, form):
    schema = json.loads((PUBLISHED / f"{form}.json").read_text("utf-8"))
    # YAML 1.1 reads the word `on` as true
    read = yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))
    read = {"on" if key is True else key: read[key] for key in read}
    judge = validator_for(schema)(schema)
    judge.validate(read)
    [part] = [key for key in ("services", "jobs") if key in read]
    first = next(iter(read[part]))
    wrong = deepcopy(read)
    wrong[part][first] = ["not", "a", "thing"]
    with pytest.raises(ValidationError):
        judge.validate(wrong)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_each_starts_the_service_as_it_can_be_started(command, monkeypatch):
    assert command[:3] == ["python", "-m", "recx_lib.serve"]
    monkeypatch.setattr("sys.argv", command[2:])
    args = shop.asked()
    assert (args.host, args.port) == ("0.0.0.0", 8000)
    assert str(args.folder) == "/shop/state"


def test_the_load_test_asks_for_what_there_is(tmp_path):
    source = (DEPLOY / "locustfile.py").read_text(encoding="utf-8")
    compile(source, "locustfile.py", "exec")
    asked = set(re.findall(r'"(/[a-z-]+)"', source))
    assert asked == {"/recommend", "/explain"}
    put_on_shelf(tmp_path)
    with asking(make_service(tmp_path)) as client:
        there = client.get("/openapi.json").json()["paths"]
    assert asked <= there.keys()


def test_ports_and_paths_are_the_service_s(tmp_path):
    put_on_shelf(tmp_path)
    with asking(make_service(tmp_path)) as client:
        for path in ("/health", "/alive", "/metrics"):
            assert client.get(path).status_code == 200
    probes = [
        CONTAINER[f"{name}Probe"]["httpGet"]
        for name in ("readiness", "liveness", "startup")
    ]
    # a base that is away is no reason to end a process
    assert [(one["path"], one["port"]) for one in probes] == [
        ("/health", "http"),
        ("/alive", "http"),
        ("/health", "http"),
    ]
    notes = POD["metadata"]["annotations"]
    assert (
        notes["prometheus.io/path"] == "/metrics"
        and notes["prometheus.io/port"] == "8000"
    )
    assert CONTAINER["ports"] == [{"name": "http", "containerPort": 8000}]
    assert KINDS["Service"]["spec"]["ports"][0]["targetPort"] == "http"
    assert "EXPOSE 8000" in IMAGE and "127.0.0.1:8000/health" in IMAGE
    assert COMPOSE["services"]["shop"]["ports"] == ["127.0.0.1:8000:8000"]


def test_secrets_come_from_outside():
    names = {one["name"]: one["valueFrom"] for one in CONTAINER["env"]}
    assert set(names) == {"RECX_SECRET", "RECX_URL", "RECX_WATCHER"} and all(
        "secretKeyRef" in how for how in names.values()
    )
    source = Path(shop.__file__).read_text(encoding="utf-8")
    for name in ("RECX_SECRET", "RECX_WATCHER"):
        assert f'environ.get("{name}")' in source
        assert name in COMPOSE["services"]["shop"]["environment"]
    for service in COMPOSE["services"].values():
        for name, value in service.get("environment", {}).items():
            assert not re.search(SECRET_NAMES, name) or re.fullmatch(
                r"\$\{\w+:\?.*\}", value
            )
    assert not re.search(SECRET_NAMES, IMAGE)


def test_nothing_has_rights_that_it_does_not_need():
    assert re.search(r"^USER shop$", IMAGE, re.M) and IMAGE.index(
        "USER shop"
    ) < IMAGE.index("CMD [")
    assert POD["spec"]["securityContext"]["runAsNonRoot"] is True
    rights = CONTAINER["securityContext"]
    assert (
        rights["readOnlyRootFilesystem"]
        and not rights["allowPrivilegeEscalation"]
    )
    assert (
        rights["capabilities"]
        == {"drop": ["ALL"]}
        == {"drop": COMPOSE["services"]["shop"]["cap_drop"]}
    )
    assert COMPOSE["services"]["shop"]["read_only"] is True
    # what is read-only has a place to write models, and one for what passes
    assert {one["mountPath"] for one in CONTAINER["volumeMounts"]} == {
        "/shop/state",
        "/tmp",
    }
    assert {one["name"] for one in CONTAINER["volumeMounts"]} == {
        one["name"] for one in POD["spec"]["volumes"]
    }


def test_labels_and_names_lead_to_each_other():
    labels = POD["metadata"]["labels"]
    name = KINDS["Deployment"]["metadata"]["name"]
    for selector in (
        KINDS["Deployment"]["spec"]["selector"]["matchLabels"],
        KINDS["Service"]["spec"]["selector"],
        KINDS["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()
    target = KINDS["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", name)


def test_the_autoscaler_acts_before_the_knee_and_never_leaves_one_alone():
    scaler = KINDS["HorizontalPodAutoscaler"]["spec"]
    [metric] = scaler["metrics"]
    assert metric["resource"]["target"]["averageUtilization"] <= 70
    assert 2 <= scaler["minReplicas"] < scaler["maxReplicas"]
    # a share of what is asked for, which is all that a copy may have
    resources = CONTAINER["resources"]
    assert resources["requests"]["cpu"] == resources["limits"]["cpu"]
    assert (
        KINDS["PodDisruptionBudget"]["spec"]["minAvailable"]
        < scaler["minReplicas"]
    )


def test_the_image_copies_what_is_there_and_installs_the_extra():
    for line in re.findall(r"^COPY (.+)$", IMAGE, re.M):
        *sources, _ = shlex.split(line)
        assert [one for one in sources if not (ROOT / one).exists()] == []
    extras = tomllib.loads(
        (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    )["project"]["optional-dependencies"]
    assert '".[service,postgres]"' in IMAGE
    assert {"service", "postgres"} <= extras.keys()
