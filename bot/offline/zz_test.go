package offline_test
import ("testing";"os";"encoding/json";"strings";"bufio")
func TestFirstRun(t *testing.T){
	index:=sampleNames(t); i:=interpreter(t,index)
	f,_:=os.Open(os.Getenv("SET")); sc:=bufio.NewScanner(f); sc.Buffer(nil,1<<20)
	n:=map[string]int{}
	for sc.Scan(){ var c struct{ID,Category,Kind string; Turns []string; Gold *struct{Tool string; Args any}}; json.Unmarshal(sc.Bytes(),&c)
		got:=converse(t,i,index,c.Turns...)
		want:=c.Kind
		if c.Gold!=nil { b,_:=json.Marshal(c.Gold.Args); want=c.Gold.Tool+" "+string(b) }
		v:="wrong"
		switch { case got==want: v="right"; case c.Kind=="ask"&&strings.HasPrefix(got,"ask_user"): v="right"; case c.Kind=="decline"&&strings.HasPrefix(got,"decline"): v="right"
		case strings.HasPrefix(got,"decline"),strings.HasPrefix(got,"ask"): v="abstained" }
		n[v]++; if v!="right" { t.Logf("%s %s %s %q\n   got  %s\n   want %s",v,c.ID,c.Category,c.Turns,got,want) } }
	t.Log(n)
}
