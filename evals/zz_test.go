package evals_test
import ("testing";"rollcall/evals";"os";"strings")
func TestZZ(t *testing.T){ for _,set:=range strings.Fields(os.Getenv("SETS")) { of,err:=evals.Cases(set); if err!=nil{t.Fatal(err)}
 outs:=run(t, interpreter, of); r:=evals.Sum(outs); for _,c:=range r.Categories { t.Logf("%s %s: %d right %d abst %d wrong %d of %d", set, c.Category,c.Right,c.Abstained,c.Wrong,c.Failed,c.Cases)}; t.Logf("%s ALL right %d abst %d wrong %d failed %d of %d",set,r.All.Right,r.All.Abstained,r.All.Wrong,r.All.Failed,r.All.Cases)
 for n,o:=range outs { if o.Verdict!=evals.Right { t.Logf("%s %s %q kind %s want %s broke %v\n    %v\n    %s %s",o.ID,o.Verdict,o.Turns,o.Kind,of[n].Kind,o.Broke,o.Calls,o.Text,o.Error) } } } }
