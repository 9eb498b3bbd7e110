"""What the characters of a token tell of it: a vector for any token, seen or not.

- dos Santos, C., Zadrozny, B. (2014). Learning character-level representations for part-of-speech tagging. ICML: CNN.
- Ma, X., Hovy, E. (2016). End-to-end sequence labeling via bi-directional LSTM-CNNs-CRF. ACL.
- Lample, G., et al. (2016). Neural architectures for named entity recognition. NAACL: LSTM.

Letters of the shapes: S tokens, L characters of the longest, W width of a character's vector, F numbers that result.
"""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from wenmai.blocks.recurrent import BidirectionalLSTM
from wenmai.core.config import Config

Width = Annotated[int, Field(ge=1)]


class NoCharacters(Config):
    """Tokens are read whole."""

    kind: Literal["none"] = "none"


class CharacterCNN(Config):
    """Filters over the characters, and what each found strongest.

    Attributes:
        width: of a character's vector; filters: how many; reach: characters that a filter sees.
        longest: characters of a token that are read; of a longer one the first and the last half as many.
    """

    kind: Literal["cnn"] = "cnn"
    width: Width = 30
    filters: Width = 50
    reach: Width = 3
    longest: Annotated[int, Field(ge=2)] = 24


class CharacterLSTM(Config):
    """The characters read from both ends, and what each reading ends with.

    Attributes:
        width: of a character's vector; hidden_size: of each direction.
        longest: characters of a token that are read; of a longer one the first and the last half as many.
    """

    kind: Literal["lstm"] = "lstm"
    width: Width = 25
    hidden_size: Width = 25
    longest: Annotated[int, Field(ge=2)] = 24


CharactersConfig = Annotated[NoCharacters | CharacterCNN | CharacterLSTM, Field(discriminator="kind")]


class CharacterConvolution(nn.Module):
    """Character numbers [S, L], 0 for none → [S, F]."""

    def __init__(self, config: CharacterCNN, characters: int) -> None:
        super().__init__()
        self.width, self.reach = config.filters, config.reach
        self.vectors = nn.Parameter(torch.randn(characters, config.width) / config.width**0.5)
        self.convolution = nn.Conv1d(config.width, config.filters, config.reach)

    def forward(self, characters: Tensor) -> Tensor:
        """[S, F]: the largest that each filter finds; a window that begins beyond the token finds nothing."""
        present = characters > 0
        vectors = nn.functional.embedding(characters, self.vectors) * present[:, :, None]
        # Room on both sides: a token may be shorter than a filter, and its ends should be seen as ends.
        padded = nn.functional.pad(vectors.transpose(1, 2), (self.reach - 1, self.reach - 1))
        found = self.convolution(padded)  # [S, F, L + reach - 1]
        ends = present.sum(dim=1, keepdim=True) + self.reach - 1
        windows = torch.arange(found.shape[2], device=found.device) < ends
        strongest: Tensor = found.masked_fill(~windows[:, None, :], -torch.inf).amax(dim=2)
        return strongest


class CharacterRecurrence(nn.Module):
    """Character numbers [S, L], 0 for none → [S, F]."""

    def __init__(self, config: CharacterLSTM, characters: int) -> None:
        super().__init__()
        self.width = 2 * config.hidden_size
        self.vectors = nn.Parameter(torch.randn(characters, config.width) / config.width**0.5)
        self.lstm = BidirectionalLSTM(config.width, config.hidden_size)

    def forward(self, characters: Tensor) -> Tensor:
        """[S, F]: the onward reading at the last character, the other at the first; zeros for a token without any."""
        lengths = (characters > 0).sum(dim=1)
        read = self.lstm(nn.functional.embedding(characters, self.vectors), lengths)  # [S, L, F]
        onward, back = read.chunk(2, dim=2)
        last = (lengths - 1).clamp(min=0)
        ends = torch.cat([onward[torch.arange(len(last), device=last.device), last], back[:, 0]], dim=1)
        return ends * (lengths > 0)[:, None]


def character_reader(
    config: CharacterCNN | CharacterLSTM, characters: int
) -> CharacterConvolution | CharacterRecurrence:
    """The module of a config for so many characters."""
    if isinstance(config, CharacterCNN):
        return CharacterConvolution(config, characters)
    return CharacterRecurrence(config, characters)
