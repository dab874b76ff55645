/// The Python files of a job: constant text, nothing is spliced in. Values of the run stand in `params.yaml`.
///
/// They use Model Zoo 2.10 (https://github.com/Cerebras/modelzoo). BERT's segment embedding is the state
/// embedding: as many segments as states, and no next-sentence task.
enum PythonPackage {
  /// `ebert/__init__.py`.
  static let initialization =
    "\"\"\"EBERT for Cerebras Model Zoo: BERT over DNA and chromatin states.\"\"\"\n"

  /// `ebert/model.py`.
  static let model = #"""
    """BERT whose segments are chromatin states."""

    from typing import Literal

    from cerebras.modelzoo.models.nlp.bert.bert_pretrain_models import (
        BertForPreTrainingModelConfig,
    )
    from cerebras.modelzoo.models.nlp.bert.model import BertForPreTrainingModel


    class EBertModelConfig(BertForPreTrainingModelConfig):
        name: Literal["ebert"]

        num_states: int = ...
        "Chromatin states, 'none' included: rows of the segment embedding."

        disable_nsp: bool = True

        def post_init(self, context):
            self.num_segments = self.num_states
            super().post_init(context)


    class EBertModel(BertForPreTrainingModel):
        def __init__(self, config: EBertModelConfig):
            super().__init__(config)

    """#

  /// `ebert/data.py`. Model Zoo's own reader of this layout does not pass segments on, hence this one.
  static let data = #"""
    """Masked sequences with their states, from HDF5.

    data   int32 [N, 3, S]: tokens, attention mask, states
    labels int32 [N, 3, P]: hidden tokens, their positions, their weights
    """

    from typing import Literal

    from cerebras.modelzoo.data.common.h5_map_dataset import MLMHDF5Dataset
    from cerebras.modelzoo.data.common.restartable_dataloader import (
        RestartableDataLoader,
    )
    from cerebras.modelzoo.data.nlp.bert.BertHDF5DataProcessor import (
        BertHDF5DataProcessorConfig,
    )

    DATA = ("input_ids", "attention_mask", "token_type_ids")
    LABELS = ("labels", "masked_lm_positions", "masked_lm_mask")


    def features(sample):
        named = dict(zip(DATA, sample["data"]))
        named.update(zip(LABELS, sample["labels"]))
        return named


    class EBertHDF5DataProcessorConfig(BertHDF5DataProcessorConfig):
        data_processor: Literal["EBertHDF5DataProcessor"]


    class EBertHDF5DataProcessor:
        def __init__(self, config: EBertHDF5DataProcessorConfig):
            self.config = config
            self.dataset = MLMHDF5Dataset(config)
            self.dataset.map(features)

        def create_dataloader(self):
            return RestartableDataLoader(
                self.dataset,
                batch_sampler=self.dataset.sampler,
                num_workers=self.config.num_workers,
                prefetch_factor=self.config.prefetch_factor,
                persistent_workers=self.config.persistent_workers,
            )

    """#

  /// `run_ebert.py`. Workers need absolute data directories, and a job must survive being moved and being
  /// read-only: paths are made absolute when it runs, in a copy in the working directory.
  static let run = #"""
    """Runs Model Zoo's command with the EBERT model registered.

        python JOB/run_ebert.py fit JOB/params.yaml --target_device CSX
    """

    import os
    import sys

    import yaml

    HERE = os.path.dirname(os.path.abspath(__file__))


    def resolved(path):
        """Writes here a copy of the parameters whose data directories are absolute."""
        with open(path) as file:
            params = yaml.safe_load(file)
        base = os.path.dirname(os.path.abspath(path))
        fit = params["trainer"]["fit"]
        for key in ("train_dataloader", "val_dataloader"):
            if key in fit:
                fit[key]["data_dir"] = os.path.join(base, fit[key]["data_dir"])
        name = os.path.splitext(os.path.basename(path))[0]
        copy = os.path.abspath(name + ".resolved.yaml")
        with open(copy, "w") as file:
            yaml.safe_dump(params, file)
        return copy


    def main():
        sys.path.insert(0, HERE)
        from cerebras.modelzoo.registry import registry

        registry.register_model(
            name="ebert",
            path="ebert.model.EBertModel",
            data_processor_paths=("ebert.data.EBertHDF5DataProcessor",),
        )
        from cerebras.modelzoo.cli.main import main as modelzoo

        sys.argv = [
            resolved(argument) if argument.endswith(".yaml") else argument
            for argument in sys.argv
        ]
        sys.exit(modelzoo())


    if __name__ == "__main__":
        main()

    """#

  /// `README.md`.
  static let readme = #"""
    # A pretraining job for a Cerebras system

    Files for Model Zoo 2.10 (<https://github.com/Cerebras/modelzoo>), written by `flow`, `wafer/export`.

    - `ebert/`: the model (BERT whose segments are chromatin states) and the reader of its data
    - `params.yaml`: the run's parameters
    - `data/train`, `data/validation`: masked sequences (HDF5)
    - `vocab.txt`, `states.txt`: names of tokens and states, in the order of their numbers
    - `run_ebert.py`: Model Zoo's command, with the model registered

    ## Run

    In an environment with Model Zoo and `cerebras_pytorch` of the same release, from a directory that can be
    written (`JOB` is the path of this one):

        python JOB/run_ebert.py fit JOB/params.yaml --target_device CSX --validate_only   # lowers the graph; no system
        python JOB/run_ebert.py fit JOB/params.yaml --target_device CSX \
            --mount_dirs "$PWD" JOB --python_paths JOB                                    # on a cluster's user node
        python JOB/run_ebert.py fit JOB/params.yaml --target_device CPU                   # slow; to see the loss

    The environment's `bin` must be on `PATH`: the front end starts `torch-cirh-opt` by its name. A cluster may
    also need `--mgmt_address`, `--credentials_path` and `--num_csx`; ask its administrator.

    ## What to know

    - Weights are drawn anew by Model Zoo; no weights are carried over.
    - Sequences were masked when this job was written. A run of several epochs sees the same masks again; export
      more sequences to avoid that.
    - `mlm_loss_weight` is one over the mean number of scored positions, so the reported loss is about the mean
      over scored positions. Do not compute it with `cross_entropy(..., ignore_index=-100)`: cerebras_pytorch 2.10
      lowers its mean to a division by all positions, ignored ones included.
    - Model Zoo's converter to Hugging Face (`cszoo checkpoint convert --model bert`) expects two segments and
      the next-sentence task, and refuses this model.

    """#
}
