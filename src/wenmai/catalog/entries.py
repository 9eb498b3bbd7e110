"""Every member of the lineage that wenmai can train, oldest idea first. Nothing is imported until it is asked for."""

from __future__ import annotations

from wenmai.catalog.entry import Entry

ENTRIES = (
    Entry(
        name="majority",
        title="Majority class",
        summary="reads nothing and says the most frequent class: the floor of every comparison",
        config="wenmai.models.majority:MajorityConfig",
        presets={"plain": "wenmai.models.majority:majority"},
        tasks=("classify",),
        year=1763,
        paper="Bayes, T. An essay towards solving a problem in the doctrine of chances (the prior alone)",
        ancestor=None,
    ),
    Entry(
        name="naive-bayes",
        title="Multinomial naive Bayes",
        summary="counts words or characters as if each came by itself",
        config="wenmai.models.linear:LinearConfig",
        presets={
            "words": "wenmai.models.linear:naive_bayes_words",
            "chars": "wenmai.models.linear:naive_bayes_characters",
            "subwords": "wenmai.models.linear:naive_bayes_subwords",
        },
        tasks=("classify",),
        year=1961,
        paper="Maron, M. E. Automatic indexing: an experimental inquiry. JACM 8(3)",
        ancestor="majority",
    ),
    Entry(
        name="tfidf-lr",
        title="TF-IDF + logistic regression",
        summary="weighs rare words more, then learns each word's vote; the baseline that is hard to beat on short text",
        config="wenmai.models.linear:LinearConfig",
        presets={
            "words": "wenmai.models.linear:logistic_words",
            "chars": "wenmai.models.linear:logistic_characters",
            "subwords": "wenmai.models.linear:logistic_subwords",
        },
        tasks=("classify",),
        year=1988,
        paper="Salton, G., Buckley, C. Term-weighting approaches in automatic text retrieval. IP&M 24(5)",
        ancestor="naive-bayes",
    ),
    Entry(
        name="tfidf-svm",
        title="TF-IDF + linear SVM",
        summary="the same features, separated by the widest margin",
        config="wenmai.models.linear:LinearConfig",
        presets={
            "words": "wenmai.models.linear:svm_words",
            "chars": "wenmai.models.linear:svm_characters",
            "subwords": "wenmai.models.linear:svm_subwords",
        },
        tasks=("classify",),
        year=1998,
        paper="Joachims, T. Text categorization with support vector machines. ECML",
        ancestor="tfidf-lr",
    ),
    Entry(
        name="bilstm",
        title="BiLSTM",
        summary="reads the text from both ends with a memory, word by word, in order",
        config="wenmai.models.bilstm:BiLSTMConfig",
        presets={
            "words": "wenmai.models.bilstm:words",
            "chars": "wenmai.models.bilstm:characters",
        },
        tasks=("classify",),
        year=2005,
        paper="Graves, A., Schmidhuber, J. Framewise phoneme classification with bidirectional LSTM. IJCNN",
        ancestor="naive-bayes",
    ),
    Entry(
        name="textcnn",
        title="TextCNN",
        summary="learns vectors of words and filters that look for short phrases anywhere in the text",
        config="wenmai.models.textcnn:TextCNNConfig",
        presets={
            "words": "wenmai.models.textcnn:words",
            "chars": "wenmai.models.textcnn:characters",
        },
        tasks=("classify",),
        year=2014,
        paper="Kim, Y. Convolutional neural networks for sentence classification. EMNLP",
        ancestor="naive-bayes",
    ),
    Entry(
        name="mlp",
        title="MLP over averaged vectors",
        summary="averages the vectors that words have learnt, then bends the mean; the order of words is lost",
        config="wenmai.models.mlp:AveragedVectorsConfig",
        presets={
            "words": "wenmai.models.mlp:words",
            "chars": "wenmai.models.mlp:characters",
        },
        tasks=("classify",),
        year=2015,
        paper="Iyyer, M., et al. Deep unordered composition rivals syntactic methods for text classification. ACL",
        ancestor="tfidf-lr",
    ),
    Entry(
        name="fasttext",
        title="fastText",
        summary="averages what words and hashed n-grams have learnt: quick with many classes and much text",
        config="wenmai.models.fasttext:FastTextConfig",
        presets={
            "words": "wenmai.models.fasttext:fasttext_words",
            "chars": "wenmai.models.fasttext:fasttext_characters",
        },
        tasks=("classify",),
        year=2016,
        paper="Joulin, A., et al. Bag of tricks for efficient text classification. EACL 2017",
        ancestor="tfidf-lr",
    ),
    Entry(
        name="transformer",
        title="Transformer encoder",
        summary="lets every word look at every other, a few times over",
        config="wenmai.models.transformer:TransformerEncoderConfig",
        presets={
            "words": "wenmai.models.transformer:words",
            "chars": "wenmai.models.transformer:characters",
        },
        tasks=("classify",),
        year=2017,
        paper="Vaswani, A., et al. Attention is all you need. NeurIPS",
        ancestor="bilstm",
    ),
)

LADDERS = {
    "quick": (
        "majority:plain",
        "naive-bayes:words",
        "naive-bayes:chars",
        "tfidf-lr:words",
        "tfidf-lr:chars",
        "tfidf-svm:words",
        "tfidf-svm:chars",
        "fasttext:words",
        "fasttext:chars",
    ),
    "neural": (
        "mlp:words",
        "mlp:chars",
        "textcnn:words",
        "textcnn:chars",
        "bilstm:words",
        "bilstm:chars",
        "transformer:words",
        "transformer:chars",
    ),
    "words": ("majority:plain", "naive-bayes:words", "tfidf-lr:words", "tfidf-svm:words"),
    "chars": ("majority:plain", "naive-bayes:chars", "tfidf-lr:chars", "tfidf-svm:chars"),
    "segmentation": ("majority:plain", "tfidf-lr:words", "tfidf-lr:chars", "tfidf-lr:subwords"),
}

TASKS = {"classify": "wenmai.tasks.classify:Classify", "embed": "wenmai.tasks.embed:Embed"}
