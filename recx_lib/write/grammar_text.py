"""Chapter 3: the grammar of the little English that the writer knows."""

GRAMMAR = """
% start S
S[L=?p, R=?q] -> OPEN[L=?p, R=?q] | TURN[L=?p, R=?q] | BODY[L=?p, R=?q]
OPEN[L=?p, R=?q] -> FRAME[P=?p] BODY[L=?p, R=?q]
TURN[L='good', R=?q] -> STILL[P='bad'] REST[L='good', R=?q]
TURN[L='bad', R=?q] -> STILL[P='good'] REST[L='bad', R=?q]
REST[L=?p, R='none'] -> ',' 'although' BODY[L=?p, R='none']
REST[L=?p, R=?p] -> ',' 'although' BODY[L=?p, R=?p]
REST[L='good', R='bad'] -> ':' BODY[L='good', R='bad']
REST[L='bad', R='good'] -> ':' BODY[L='bad', R='good']
BODY[L=?p, R='none'] -> CLAUSE[P=?p, I=0]
BODY[L=?p, R=?p] -> CLAUSE[P=?p, I=0] 'and' CLAUSE[P=?p, I=1]
BODY[L=?p, R=?p] -> NP[I=0] 'and' NP[I=1] VP[NUM='pl', P=?p, I='any']
BODY[L=?p, R=?p] -> YOU[P=?p] ITEM[I=0] 'and' ITEM[I=1] AFTER[P=?p, NUM='pl']
BODY[L='good', R='bad'] -> CLAUSE[P='good', I=0] ',' 'but' CLAUSE[P='bad', I=1]
BODY[L='bad', R='good'] -> CLAUSE[P='bad', I=0] ',' 'but' CLAUSE[P='good', I=1]
BODY[L='bad', R='good'] -> CLAUSE[P='bad', I=0] ',' 'although' \
CLAUSE[P='good', I=1]
CLAUSE[P=?p, I=?i] -> NP[I=?i, NUM=?n] VP[NUM=?n, P=?p, I=?i]
CLAUSE[P='good', I=?i] -> PEOPLE 'praise' NP[I=?i] \
| PEOPLE 'are' 'happy' 'with' NP[I=?i]
CLAUSE[P='bad', I=?i] -> PEOPLE 'criticise' NP[I=?i] \
| PEOPLE 'are' 'unhappy' 'with' NP[I=?i]
CLAUSE[P=?p, I=?i] -> YOU[P=?p] ITEM[I=?i] AFTER[P=?p, NUM='sg']
NP[I=?i, NUM=?n] -> DET N[I=?i, NUM=?n]
VP[NUM=?n, P=?p, I=?i] -> BE[NUM=?n] AP[P=?p, I=?i]
VP[NUM=?n, P='bad', I=?i] -> BE[NUM=?n] 'not' AP[P='good', I=?i]
VP[NUM=?n, P='good'] -> DO[NUM=?n] 'not' 'disappoint' | STAND[NUM=?n] 'out'
VP[NUM=?n, P='bad'] -> DO[NUM=?n] 'not' 'impress' | LET[NUM=?n] 'it' 'down'
AP[P=?p, I=?i] -> ADJ[P=?p, I=?i] | ADJ[P=?p, I='any'] \
| DEGREE ADJ[P=?p, I='any']
FRAME[P='good'] -> 'we' 'recommend' TITLE 'because' \
| 'you' 'may' 'like' TITLE 'because'
FRAME[P='good'] -> TITLE 'is' 'a(n)' PICK 'bet' 'because' \
| TITLE 'is' 'worth' 'a(n)' 'look' ':'
FRAME[P='bad'] -> 'think' 'twice' 'about' TITLE 'because' \
| TITLE 'may' 'not' 'suit' 'you' 'because'
STILL[P='good'] -> 'on' 'balance' 'we' 'recommend' TITLE \
| 'all' 'in' 'all' TITLE 'may' 'suit' 'you'
STILL[P='bad'] -> 'on' 'balance' 'we' 'do' 'not' 'recommend' TITLE \
| 'all' 'in' 'all' TITLE 'may' 'not' 'suit' 'you'
YOU[P='good'] -> 'you' 'chose' | 'your' 'history' 'has'
YOU[P='bad'] -> 'you' 'also' 'chose'
AFTER[P='good'] ->
AFTER[P='bad', NUM='sg'] -> ',' 'which' 'speaks' 'against' 'it'
AFTER[P='bad', NUM='pl'] -> ',' 'which' 'speak' 'against' 'it'
DET -> 'the' | 'its'
BE[NUM='sg'] -> 'is'
BE[NUM='pl'] -> 'are'
DO[NUM='sg'] -> 'does'
DO[NUM='pl'] -> 'do'
STAND[NUM='sg'] -> 'stands'
STAND[NUM='pl'] -> 'stand'
LET[NUM='sg'] -> 'lets'
LET[NUM='pl'] -> 'let'
DEGREE -> 'really' | 'very'
PICK -> 'good' | 'safe' | 'excellent'
ADJ[P='good', I='any'] -> 'good' | 'pleasing' | 'impressive' | 'convincing'
ADJ[P='bad', I='any'] -> 'poor' | 'weak' | 'disappointing' | 'unconvincing'
"""
