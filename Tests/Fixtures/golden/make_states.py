#!/usr/bin/env python3
"""Makes bert-states: what PyTorch computes of a masked-language model that guesses masked states too.

    pip install torch transformers safetensors
    python3 make_states.py bert-states

The encoder and the head for tokens are Hugging Face's BertForMaskedLM. The head for states is its head over the
table of the token types, whose last row stands for [MASK] and is not among the choices:
logits = LayerNorm(gelu(W x + b)) E[:-1]^T + c. The gradients are those of loss + weight * state loss.
Which file holds what is said in Sources/Transformer/Verification/ReferenceCase.swift.
"""
import json
import os
import sys

import torch
import transformers
from safetensors.torch import save_file
from torch import nn

OUT = sys.argv[1]
HIDDEN, LAYERS, HEADS, INTERMEDIATE, TOKENS, STATES, LENGTH, BATCH, STEPS, WEIGHT = 27, 2, 3, 38, 53, 7, 23, 3, 3, 0.7
torch.manual_seed(11)
torch.set_num_threads(1)


class StateHead(nn.Module):
    def __init__(self, table):
        super().__init__()
        self.dense = nn.Linear(HIDDEN, HIDDEN)
        self.LayerNorm = nn.LayerNorm(HIDDEN, eps=1e-12)
        self.bias = nn.Parameter(torch.zeros(STATES))
        self.table = [table]  # in a list, so that it is not taken for a parameter of this module

    def forward(self, x):
        return self.LayerNorm(nn.functional.gelu(self.dense(x))) @ self.table[0][:-1].T + self.bias


config = transformers.BertConfig(
    vocab_size=TOKENS, hidden_size=HIDDEN, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
    intermediate_size=INTERMEDIATE, max_position_embeddings=LENGTH + 3, type_vocab_size=STATES + 1, pad_token_id=0,
    hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, layer_norm_eps=1e-12, hidden_act="gelu",
    initializer_range=0.08)
model = transformers.BertForMaskedLM(config)
head = StateHead(model.bert.embeddings.token_type_embeddings.weight)
names = {"dense": "cls.states.transform.dense", "LayerNorm": "cls.states.transform.LayerNorm", "bias": "cls.states.bias"}
tokens = dict(model.named_parameters())
states = {}
for name, parameter in head.named_parameters():
    first, _, rest = name.partition(".")
    states[names[first] + ("." + rest if rest else "")] = parameter
parameters = tokens | states
with torch.no_grad():  # no parameter stays at 0 or 1, so that a forgotten bias shows
    for parameter in parameters.values():
        parameter.add_(torch.randn_like(parameter) * 0.02)
model.train()


def copies(named):
    return {name: parameter.detach().clone().contiguous() for name, parameter in named.items()}


os.makedirs(OUT + "/model", exist_ok=True)
save_file(copies(tokens), OUT + "/model/model.safetensors", metadata={"format": "pt"})
save_file(copies(states), OUT + "/model/state_head.safetensors", metadata={"format": "pt"})
config.architectures = ["BertForMaskedLM"]
config.save_pretrained(OUT + "/model")

ids = torch.randint(5, TOKENS, (BATCH, LENGTH))
attention = torch.ones(BATCH, LENGTH, dtype=torch.int64)
for row in range(1, BATCH):
    attention[row, LENGTH - 3 * row:] = 0
labels = torch.full_like(ids, -100)
chosen = (torch.rand(BATCH, LENGTH) < 0.2) & (attention == 1)
chosen[0, 1] = True
labels[chosen] = ids[chosen]
ids = torch.where(chosen, torch.tensor(4), ids)
ids = torch.where(attention == 1, ids, torch.tensor(0))
# Bins of 5 positions with one state each; one bin of each row is masked and guessed at its centre.
state = torch.randint(1, STATES, (BATCH, (LENGTH + 4) // 5)).repeat_interleave(5, 1)[:, :LENGTH].clone()
state_labels = torch.full_like(ids, -100)
for row, bin in enumerate([0, 2, 1]):
    state_labels[row, 5 * bin + 2] = state[row, 5 * bin + 2]
    state[row, 5 * bin:5 * bin + 5] = STATES
save_file(
    dict(input_ids=ids, token_type_ids=state, attention_mask=attention, labels=labels, state_labels=state_labels),
    OUT + "/batch.safetensors")

adam = dict(lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
plain = [name.endswith("bias") or "LayerNorm" in name for name in parameters]
optimizer = torch.optim.AdamW(
    [dict(params=[p for p, is_plain in zip(parameters.values(), plain) if not is_plain]),
     dict(params=[p for p, is_plain in zip(parameters.values(), plain) if is_plain], weight_decay=0.0)], **adam)
golden, losses, state_losses = {}, [], []
for step in range(STEPS):
    out = model(
        input_ids=ids, token_type_ids=state, attention_mask=attention, labels=labels, output_hidden_states=True)
    state_logits = head(out.hidden_states[-1])
    state_loss = nn.functional.cross_entropy(state_logits.flatten(0, 1), state_labels.flatten(), ignore_index=-100)
    losses.append(out.loss.item())
    state_losses.append(state_loss.item())
    optimizer.zero_grad()
    (out.loss + WEIGHT * state_loss).backward()
    if step == 0:
        golden = dict(logits=out.logits, hidden=out.hidden_states[-1], state_logits=state_logits)
        golden = copies(golden) | {"grad." + name: p.grad.detach().clone() for name, p in parameters.items()}
    optimizer.step()
golden |= {"after." + name: value for name, value in copies(parameters).items()}
save_file({name: value.contiguous() for name, value in golden.items()}, OUT + "/golden.safetensors")
with open(OUT + "/golden.json", "w") as file:
    json.dump(
        dict(losses=losses, state_losses=state_losses, state_loss_weight=WEIGHT,
             adamw=adam | dict(no_weight_decay="biases and LayerNorm"), torch=torch.__version__,
             transformers=transformers.__version__), file, indent=1)
print(losses, state_losses)
