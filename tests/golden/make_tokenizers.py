"""Token numbers of Hugging Face's tokenizers for texts that are hard to cut: tokenizers.json; and
the tokens that its training of byte-pair encoding adds to the 256 bytes, in order: bpe_training.json.

    python3 make_tokenizers.py ../../../datasets/tokenizers
"""
import json
import sys
from pathlib import Path

from tokenizers import BertWordPieceTokenizer, ByteLevelBPETokenizer, pre_tokenizers, trainers

folder = Path(sys.argv[1])
gpt2 = ByteLevelBPETokenizer(str(folder / "gpt2-encoder.json"), str(folder / "gpt2-vocab.bpe"))
bert = BertWordPieceTokenizer(str(folder / "bert-base-uncased-vocab.txt"), lowercase=True)

TEXTS = [
    "I love learning deep learning!",
    "It's what we'd've said, isn't it? They'LL see; I'm 'sure.",
    "  two  blanks   three    four ",
    "tabs\tand\nlines\r\n\r\n  after\n",
    "",
    " ",
    "\n\n\n",
    "naïve café, Übergröße, Ångström; São Paulo",
    "e\u0301 and u\u0308 are two characters each",
    "你好，世界。日本語のテキスト 한국어",
    "emoji 😀👩‍👩‍👧 flags 🇩🇪 done",
    "3.14159 1,000,000 2nd 50% $5.00 ½ ² Ⅷ",
    "https://example.org/path?query=1&other=two#part",
    "Pneumonoultramicroscopicsilicovolcanoconiosis unaffable",
    "x" * 101 + " " + "y" * 100,
    "snake_case CamelCase kebab-case ALLCAPS",
    "don’t “quote” me — please…",
    "zero\u200bwidth\u00a0nonbreaking\u3000ideographic\u2028line",
    "control\u0001\u007f and \ufffd gone",
    "a" * 40 + "b" * 40,
    "Ελληνικά Русский עברית العربية हिन्दी ไทย",
    "fünf\u00adzig soft hyphen",
    "\U0001d4d0 math letters \u2460 circled",
    "print(f'{x:>10}')\n    return [i for i in range(10)]\n",
]

result = {
    "texts": TEXTS,
    "gpt2": [gpt2.encode(text).ids for text in TEXTS],
    "bert": [bert.encode(text, add_special_tokens=False).ids for text in TEXTS],
}
(Path(__file__).parent / "tokenizers.json").write_text(json.dumps(result, indent=1).replace("\n   ", " ") + "\n")

TRAINING = ("low low low low low lower lower newest newest newest newest newest newest widest "
            "widest widest\nIt's the aaaa aaaa aaaaa bbbb, isn't it?\n") * 3

trained = ByteLevelBPETokenizer()
trained._tokenizer.train_from_iterator(
    [TRAINING], trainers.BpeTrainer(vocab_size=300, show_progress=False,
                                    initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
vocabulary = trained.get_vocab()
added = sorted(vocabulary, key=vocabulary.get)[256:]
(Path(__file__).parent / "bpe_training.json").write_text(
    json.dumps({"text": TRAINING, "tokens": added}, indent=1) + "\n")
