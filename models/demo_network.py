"""Whisper's network in PyTorch, trained without the cost of its 30 s of padding.

Beyond a clip's end every encoder position sees the same zero features and differs only by its
position code. A few of these positions, each standing for many through a bias of log(how many) on
its attention, therefore give what all of them give: a clip costs its own length, not 30 s. In the
same way all vocabulary rows that the training text never uses share one row.

Parameter names are those of ``transformers``, so that the weights load there unchanged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

POSITIONS, WIDTH, HEADS, INNER, MELS = 1500, 128, 4, 512, 80
ENCODER_LAYERS, DECODER_LAYERS, TEXT_POSITIONS = 4, 2, 448
PADDING_SAMPLES = 12


class Attention(nn.Module):
    """Multi-head attention with Whisper's biases."""

    def __init__(self) -> None:
        super().__init__()
        self.q_proj = nn.Linear(WIDTH, WIDTH)
        self.k_proj = nn.Linear(WIDTH, WIDTH, bias=False)
        self.v_proj = nn.Linear(WIDTH, WIDTH)
        self.out_proj = nn.Linear(WIDTH, WIDTH)

    def forward(
        self, x: Tensor, memory: Tensor, *, bias: Tensor | None = None, causal: bool = False
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Attended values, and queries and keys ``(batch, head, position, channel)``."""
        q, k, v = (
            self._heads(p) for p in (self.q_proj(x), self.k_proj(memory), self.v_proj(memory))
        )
        scores = (q / math.sqrt(q.shape[-1])) @ k.transpose(2, 3)
        if bias is not None:
            scores = scores + bias.to(scores.dtype)
        if causal:
            future = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
            scores = scores.masked_fill(future, -1e4)
        out = scores.softmax(-1).to(v.dtype) @ v
        return self.out_proj(out.transpose(1, 2).flatten(2)), q, k

    @staticmethod
    def _heads(x: Tensor) -> Tensor:
        return x.view(x.shape[0], x.shape[1], HEADS, -1).transpose(1, 2)


class EncoderLayer(nn.Module):
    """A transformer layer that normalises before each block."""

    def __init__(self) -> None:
        super().__init__()
        self.self_attn = Attention()
        self.self_attn_layer_norm = nn.LayerNorm(WIDTH)
        self.fc1 = nn.Linear(WIDTH, INNER)
        self.fc2 = nn.Linear(INNER, WIDTH)
        self.final_layer_norm = nn.LayerNorm(WIDTH)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """Attend to all positions, then feed forward."""
        y = self.self_attn_layer_norm(x)
        return self.feed_forward(x + self.self_attn(y, y, bias=bias)[0])

    def feed_forward(self, x: Tensor) -> Tensor:
        """Add what the two linear maps make of each position alone."""
        inner: Tensor = self.fc2(functional.gelu(self.fc1(self.final_layer_norm(x))))
        return x + inner


class DecoderLayer(EncoderLayer):
    """A layer that sees only earlier tokens, and attends to the audio."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder_attn = Attention()
        self.encoder_attn_layer_norm = nn.LayerNorm(WIDTH)

    def forward(  # type: ignore[override]
        self, x: Tensor, audio: Tensor, bias: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Compute the output, and the queries and keys of the attention to the audio."""
        y = self.self_attn_layer_norm(x)
        x = x + self.self_attn(y, y, causal=True)[0]
        attended, q, k = self.encoder_attn(self.encoder_attn_layer_norm(x), audio, bias=bias)
        return self.feed_forward(x + attended), q, k


class Encoder(nn.Module):
    """Two convolutions and transformer layers over features."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(MELS, WIDTH, 3, padding=1)
        self.conv2 = nn.Conv1d(WIDTH, WIDTH, 3, stride=2, padding=1)
        self.embed_positions = nn.Embedding(POSITIONS, WIDTH)
        self.embed_positions.weight = nn.Parameter(_sinusoids(), requires_grad=False)
        self.layers = nn.ModuleList(EncoderLayer() for _ in range(ENCODER_LAYERS))
        self.layer_norm = nn.LayerNorm(WIDTH)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Encode features ``(batch, 80, frames)``: ``(batch, positions, width)`` and attention bias.

        The last ``PADDING_SAMPLES`` positions stand for all that follow the frames given.
        """
        frames = features.shape[2]
        length = frames // 2
        x = self._convolve(functional.pad(features, (0, 4)))[:, :length]
        padding = self._convolve(features.new_zeros(1, MELS, 12))[:, 3:4]
        stride = (POSITIONS - length) / PADDING_SAMPLES
        offsets = (torch.arange(PADDING_SAMPLES) + torch.rand(PADDING_SAMPLES)) * stride
        sampled = (length + offsets).long().clamp(max=POSITIONS - 1)
        codes = self.embed_positions.weight
        tail = (padding + codes[sampled]).expand(len(x), -1, -1)
        x = torch.cat([x + codes[:length], tail], dim=1)
        bias = torch.zeros(x.shape[1])
        bias[length:] = math.log(stride)
        for layer in self.layers:
            x = layer(x, bias)
        return self.layer_norm(x), bias

    def _convolve(self, features: Tensor) -> Tensor:
        x = functional.gelu(self.conv1(features))
        return functional.gelu(self.conv2(x)).transpose(1, 2)


class Decoder(nn.Module):
    """Transformer layers over the rows of the vocabulary in use; the last row is all the others'."""

    def __init__(self, used: int) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(used + 1, WIDTH)
        self.embed_positions = nn.Embedding(TEXT_POSITIONS, WIDTH)
        nn.init.normal_(self.embed_tokens.weight, std=0.02)
        nn.init.normal_(self.embed_positions.weight, std=0.02)
        self.layers = nn.ModuleList(DecoderLayer() for _ in range(DECODER_LAYERS))
        self.layer_norm = nn.LayerNorm(WIDTH)

    def forward(self, tokens: Tensor, audio: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """Logits ``(batch, tokens, used + 1)`` and the guided head's log attention to the audio."""
        x = self.embed_tokens(tokens) + self.embed_positions.weight[: tokens.shape[1]]
        for layer in self.layers:
            x, q, k = layer(x, audio, bias)
        scores = q[:, 0].float() @ k[:, 0].float().transpose(1, 2) / math.sqrt(q.shape[-1])
        logits = functional.linear(self.layer_norm(x), self.embed_tokens.weight)
        return logits, (scores + bias).log_softmax(-1)


@dataclass(frozen=True)
class Output:
    """What the losses need."""

    logits: Tensor
    attention: Tensor
    syllables: Tensor


class Network(nn.Module):
    """Encoder, decoder, and the syllable classifier that only training uses."""

    def __init__(self, *, used: int, vocabulary: int, syllables: int) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder(used)
        self.syllables = nn.Linear(WIDTH, syllables + 1)
        self._unused = math.log(vocabulary - used)

    def forward(self, features: Tensor, tokens: Tensor) -> Output:
        """Logits of the text, the guided attention, and log probabilities of the syllables."""
        audio, bias = self.encoder(features)
        logits, attention = self.decoder(tokens, audio, bias)
        logits = logits.float()
        logits = torch.cat([logits[..., :-1], logits[..., -1:] + self._unused], dim=-1)
        pairs = functional.avg_pool1d(audio[:, :-PADDING_SAMPLES].transpose(1, 2), 2)
        sounds = self.syllables(pairs.transpose(1, 2)).float().log_softmax(-1)
        return Output(logits, attention, sounds)


def _sinusoids() -> Tensor:
    """Whisper's position codes ``(positions, width)``."""
    step = math.log(10000) / (WIDTH // 2 - 1)
    rates = torch.exp(-step * torch.arange(WIDTH // 2))
    angles = torch.arange(POSITIONS)[:, None] * rates[None, :]
    return torch.cat([angles.sin(), angles.cos()], dim=1)
