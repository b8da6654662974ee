"""Pre-trained models: found in the right order, checked, loaded the same way twice, and no code of theirs is run."""

import json
import shutil
import zipfile

import pytest
import torch

from recx_lib.core import DataError
from recx_lib.nets import model_search
from recx_lib.nets.model_files import (
    SUMS,
    WEIGHTS,
    convert_gguf,
    sha256_of,
    unpack_model,
)
from recx_lib.nets.pretrained import (
    chat_text,
    find_model,
    load_encoder,
    load_generator,
)
from tests.model_cases import save_encoder, save_generator, save_gguf


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A folder named by RECX_MODELS, and an empty cache of the user."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("RECX_MODELS", str(folder))
    monkeypatch.setattr(
        model_search, "cache_folder", lambda: tmp_path / "cache"
    )
    return folder


@pytest.fixture
def no_hub(monkeypatch):
    """A machine without a network; the names that it was asked for."""
    asked = []

    def refuse(name, local_files_only=False, **how):
        asked.append((name, local_files_only))
        raise ConnectionError("no route to the hub")

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    return asked


@pytest.fixture(scope="session")
def package(tmp_path_factory):
    """A folder to import from: the package `tiny_model`, that must not run."""
    root = tmp_path_factory.mktemp("packages")
    inside = root / "tiny_model"
    inside.mkdir()
    (inside / "__init__.py").write_text("raise SystemExit('imported')")
    save_encoder(root / "made")
    with zipfile.ZipFile(inside / "model.zip", "w") as packed:
        for file in (root / "made").iterdir():
            packed.write(file, file.name)
        packed.writestr("../evil.py", "no")
    return root


def packaged(package, sha256=None):
    known = sha256 or sha256_of(package / "made" / WEIGHTS)
    return model_search.PackagedModel(
        "some/tiny", "tiny_model", "model.zip", known
    )


def test_a_generator_of_a_folder_writes_what_was_saved(models):
    saved = save_generator(models / "tiny")
    tokenizer, model = load_generator("tiny")
    ids = tokenizer("the jacket keeps me dry", return_tensors="pt").input_ids
    assert not model.training
    with torch.inference_mode():
        assert torch.equal(model(ids).logits, saved(ids).logits)
    half = load_generator("tiny", dtype=torch.bfloat16)[1]
    assert half.dtype == torch.bfloat16


def test_an_encoder_gives_the_same_vectors_twice(models):
    save_encoder(models / "tiny")
    tokenizer, model = load_encoder("tiny")
    again = load_encoder("tiny")[1]
    ids = tokenizer("the jacket", return_tensors="pt").input_ids
    with torch.inference_mode():
        one, two = (m(ids).last_hidden_state for m in (model, again))
    assert torch.equal(one, two)


def test_the_package_is_unpacked_once_and_not_imported(
    models, package, monkeypatch
):
    monkeypatch.syspath_prepend(package)
    monkeypatch.setitem(model_search.PACKAGED, "tiny", packaged(package))
    folder = find_model("tiny")
    assert folder.is_relative_to(models.parent / "cache")
    assert {file.name for file in folder.iterdir()} == {
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        SUMS,
        WEIGHTS,
    }
    before = (folder / WEIGHTS).stat().st_mtime_ns
    assert find_model("tiny") == folder
    assert (folder / WEIGHTS).stat().st_mtime_ns == before
    # the folder that the reader names comes first
    shutil.copytree(folder, models / "tiny")
    assert find_model("tiny") == models / "tiny"


def test_a_package_with_another_hash_leaves_nothing_behind(
    models, package, monkeypatch
):
    monkeypatch.syspath_prepend(package)
    wrong = packaged(package, "0" * 64)
    monkeypatch.setitem(model_search.PACKAGED, "tiny", wrong)
    with pytest.raises(DataError, match="expected SHA-256 0000"):
        find_model("tiny")
    assert list((models.parent / "cache/models").iterdir()) == []


def test_the_hub_is_asked_last_its_cache_before_the_network(models, no_hub):
    with pytest.raises(DataError) as caught:
        find_model("some/model")
    assert no_hub == [("some/model", True), ("some/model", False)]
    ways = ("RECX_MODELS", "package", "hub's cache", "network")
    assert all(way in str(caught.value) for way in ways)


def test_a_downloaded_file_is_checked_by_the_hash_in_its_name(
    models, tmp_path, monkeypatch
):
    made = tmp_path / "hub"
    save_encoder(made)
    blob = tmp_path / sha256_of(made / WEIGHTS)
    (made / WEIGHTS).rename(blob)
    (made / WEIGHTS).symlink_to(blob)
    monkeypatch.setattr(
        "huggingface_hub.snapshot_download", lambda *a, **k: str(made)
    )
    assert find_model("some/model") == made
    changed = bytearray(blob.read_bytes())
    changed[-1] ^= 1
    blob.write_bytes(changed)
    with pytest.raises(DataError, match="not the file we know"):
        find_model("some/model")


def test_a_gguf_becomes_safetensors_with_the_same_weights(models):
    (models / "tiny").mkdir()
    weights = save_gguf(models / "tiny/tiny.gguf")
    tokenizer, model = load_generator("tiny")
    assert tokenizer.convert_tokens_to_ids("jacket") == 4
    block, saved = model.model.layers[0], "blk.0.ffn_up"
    assert torch.equal(block.mlp.up_proj.weight, weights[saved])
    assert torch.equal(model.lm_head.weight, weights["token_embd"])
    folders = list((models.parent / "cache/models").iterdir())
    find_model("tiny")  # converted once
    assert list((models.parent / "cache/models").iterdir()) == folders


@pytest.mark.parametrize("what", ["another hash", "truncated", "no model"])
def test_a_bad_gguf_is_refused_and_leaves_nothing(tmp_path, what):
    file, target = tmp_path / "tiny.gguf", tmp_path / "cache/tiny"
    save_gguf(file)
    whole = file.read_bytes()
    if what == "truncated":
        file.write_bytes(whole[: len(whole) // 2])
    if what == "no model":
        file.write_bytes(b"GGUF, or so it says" * 99)
    sha256 = "0" * 64 if what == "another hash" else None
    with pytest.raises(DataError, match="truncated"):
        convert_gguf(file, target, sha256)
    assert list(target.parent.glob("*")) == []


def test_a_zip_without_weights_is_refused(tmp_path):
    file = tmp_path / "model.zip"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("config.json", "{}")
    with pytest.raises(DataError, match="damaged"):
        unpack_model(file, tmp_path / "out", "0" * 64)
    assert not (tmp_path / "out").exists()


def test_a_truncated_file_is_named(models):
    save_encoder(models / "tiny")
    weights = models / "tiny" / WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-9])
    with pytest.raises(DataError, match="truncated"):
        load_encoder("tiny")


def test_a_changed_file_is_named_where_its_hash_is_known(models):
    save_encoder(models / "tiny")
    weights = models / "tiny" / WEIGHTS
    (models / "tiny" / SUMS).write_text(sha256_of(weights))
    changed = bytearray(weights.read_bytes())
    changed[-1] ^= 1
    weights.write_bytes(changed)
    with pytest.raises(DataError, match="not the file we know"):
        load_encoder("tiny")


def test_a_model_of_the_other_kind_is_refused(models):
    save_encoder(models / "reads")
    save_generator(models / "writes")
    with pytest.raises(DataError, match="not a model that writes"):
        load_generator("reads")
    with pytest.raises(DataError, match="not a model that reads"):
        load_encoder("writes")


@pytest.mark.parametrize("layers", [2, 0])
def test_weights_of_another_model_are_refused(models, layers):
    save_encoder(models / "tiny")
    file = models / "tiny/config.json"
    config = json.loads(file.read_text())
    config |= {"num_hidden_layers": 2} if layers else {"hidden_size": 32}
    file.write_text(json.dumps(config))
    with pytest.raises(DataError, match="different models|architecture"):
        load_encoder("tiny")


def test_code_in_a_checkpoint_is_not_run(models):
    save_encoder(models / "tiny")
    file, ran = models / "tiny/config.json", models / "ran"
    config = json.loads(file.read_text())
    config["model_type"] = "evil"
    config["auto_map"] = {
        "AutoConfig": "evil.Evil",
        "AutoModel": "evil.Evil",
    }
    file.write_text(json.dumps(config))
    (models / "tiny/evil.py").write_text(f"open({str(ran)!r}, 'w')")
    with pytest.raises(DataError, match="its own code"):
        load_encoder("tiny")
    assert not ran.exists()


def test_pickled_weights_are_not_opened(models):
    save_encoder(models / "tiny")
    weights = models / "tiny" / WEIGHTS
    weights.rename(weights.with_name("pytorch_model.bin"))
    with pytest.raises(DataError, match="only safetensors"):
        load_encoder("tiny")


def test_too_little_memory_is_said_in_our_words(models, monkeypatch):
    save_encoder(models / "tiny")

    def full(*args, **kwargs):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr("transformers.AutoModel.from_pretrained", full)
    with pytest.raises(DataError, match="not enough memory.*bfloat16"):
        load_encoder("tiny")


def test_a_folder_that_is_none_is_named(monkeypatch):
    monkeypatch.setenv("RECX_MODELS", "/no/such/folder")
    with pytest.raises(DataError, match="RECX_MODELS=/no/such/folder"):
        find_model("tiny")


def test_a_chat_ends_where_the_answer_begins(models):
    save_generator(models / "tiny")
    save_generator(models / "plain", template=None)
    said = [{"role": "user", "content": "the jacket"}]
    tokenizer = load_generator("tiny")[0]
    assert chat_text(tokenizer, said) == "[user] the jacket\n[assistant] "
    with pytest.raises(DataError, match="no chat template"):
        chat_text(load_generator("plain")[0], said)


def test_the_book_s_two_models_load(encoder, generator):
    tokenizer, model = encoder
    assert sum(p.numel() for p in model.parameters()) == 22_713_216
    vectors = []
    for text in ("a jacket for rain", "a waterproof coat", "a good novel"):
        ids = tokenizer(text, return_tensors="pt")
        with torch.inference_mode():
            mean = model(**ids).last_hidden_state.mean(1)
        vectors.append(torch.nn.functional.normalize(mean)[0])
    jacket, coat, novel = vectors
    assert jacket @ coat > jacket @ novel + 0.2
    tokenizer, model = generator
    assert sum(p.numel() for p in model.parameters()) == 134_515_008
    ids = tokenizer("The capital of France is", return_tensors="pt").input_ids
    with torch.inference_mode():
        next_token = model(ids).logits[0, -1].argmax()
    assert tokenizer.decode(next_token) == " Paris"


def test_a_download_that_broke_off_is_taken_up_again(
    models, tmp_path, monkeypatch
):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    save_encoder(whole)
    broken.mkdir()
    (broken / "config.json").write_bytes((whole / "config.json").read_bytes())

    def snapshot(*args, local_files_only=False, **more):
        return str(broken if local_files_only else whole)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    assert find_model("some/model") == whole
