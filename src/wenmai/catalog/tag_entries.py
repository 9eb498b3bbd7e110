"""The members that tag tokens, oldest idea first; rows of `wenmai.catalog.entries`."""

from __future__ import annotations

from wenmai.catalog.entry import Entry

TAG_ENTRIES = (
    Entry(
        name="hmm",
        title="Hidden Markov model",
        summary="counts which tag follows which, and which words each tag has",
        config="wenmai.models.hmm:HMMConfig",
        presets={"plain": "wenmai.models.hmm:plain"},
        tasks=("tag",),
        year=1966,
        paper="Baum, L. E., Petrie, T. Statistical inference for probabilistic functions of finite state Markov chains",
        ancestor=None,
    ),
    Entry(
        name="frequent-tag",
        title="Most frequent tag",
        summary="gives each word the tag that it had most often: the floor of every comparison of taggers",
        config="wenmai.models.frequent_tag:FrequentTagConfig",
        presets={"plain": "wenmai.models.frequent_tag:plain"},
        tasks=("tag",),
        year=1993,
        paper="Charniak, E., et al. Equations for part-of-speech tagging. AAAI",
        ancestor=None,
    ),
    Entry(
        name="crf",
        title="CRF over counted features",
        summary="weighs what words and their neighbours look like, and the tags of the whole sequence at once",
        config="wenmai.models.feature_crf:FeatureCRFConfig",
        presets={
            "words": "wenmai.models.feature_crf:words",
            "chars": "wenmai.models.feature_crf:characters",
        },
        tasks=("tag",),
        year=2001,
        paper="Lafferty, J., McCallum, A., Pereira, F. Conditional random fields. ICML",
        ancestor="hmm",
    ),
    Entry(
        name="bilstm-tagger",
        title="BiLSTM tagger",
        summary="reads the sentence from both ends and tags each word in the light of all others",
        config="wenmai.models.bilstm_tagger:BiLSTMTaggerConfig",
        presets={
            "words": "wenmai.models.bilstm_tagger:tokens_words",
            "chars": "wenmai.models.bilstm_tagger:tokens_characters",
        },
        tasks=("tag",),
        year=2005,
        paper="Graves, A., Schmidhuber, J. Framewise phoneme classification with bidirectional LSTM. IJCNN",
        ancestor="hmm",
    ),
    Entry(
        name="bilstm-crf",
        title="BiLSTM-CRF",
        summary="the same reading, and a CRF over it that weighs the tags of the whole sequence at once",
        config="wenmai.models.bilstm_tagger:BiLSTMTaggerConfig",
        presets={
            "words": "wenmai.models.bilstm_tagger:crf_words",
            "chars": "wenmai.models.bilstm_tagger:crf_characters",
            "given": "wenmai.models.bilstm_tagger:crf_given",
        },
        tasks=("tag",),
        year=2015,
        paper="Huang, Z., Xu, W., Yu, K. Bidirectional LSTM-CRF models for sequence tagging. arXiv:1508.01991",
        ancestor="crf",
    ),
    Entry(
        name="bert-tagger",
        title="BERT tagger",
        summary="reads the whole sentence with an encoder and tags each word by what that says of its first piece",
        config="wenmai.models.encoder_tagger:EncoderTaggerConfig",
        presets={
            "scratch": "wenmai.models.encoder_tagger_presets:tokens_from_scratch",
            "given": "wenmai.models.encoder_tagger_presets:tokens_given",
        },
        tasks=("tag",),
        year=2019,
        paper="Devlin, J., et al. BERT: pre-training of deep bidirectional transformers. NAACL",
        ancestor="bert",
    ),
    Entry(
        name="bert-crf",
        title="BERT-CRF",
        summary="the same reading, and a CRF over it that weighs the tags of the whole sequence at once",
        config="wenmai.models.encoder_tagger:EncoderTaggerConfig",
        presets={
            "scratch": "wenmai.models.encoder_tagger_presets:crf_from_scratch",
            "given": "wenmai.models.encoder_tagger_presets:crf_given",
        },
        tasks=("tag",),
        year=2019,
        paper="Souza, F., et al. Portuguese named entity recognition using BERT-CRF. arXiv:1909.10649",
        ancestor="bert-tagger",
    ),
)
